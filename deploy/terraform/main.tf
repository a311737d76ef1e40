# The guard as one CloudFormation stack, from the files of a release. There is one description of its resources, the release's template:
# this module puts the files into a bucket, hands the template its parameters, and passes its outputs on.

locals {
  name         = "cognito-domain-guard"
  architecture = coalesce(var.architecture, "arm64") # the template's default
  archive      = "${local.name}-${var.release}-${local.architecture}.zip"
  template     = "${local.name}-${var.release}.template.json"
  bucket       = coalesce(var.artifact_bucket, one(aws_s3_bucket.artifacts[*].id))

  # CloudFormation looks at keys, not at what lies there. So each key has the digest of its object.
  template_digest = substr(filesha256("${var.release_directory}/${local.template}"), 0, 12)
  archive_digest  = substr(filesha256("${var.release_directory}/${local.archive}"), 0, 12)
  prefix          = "${local.name}/${var.release}-${local.archive_digest}/"
  baseline_digest = substr(filesha256(var.baseline), 0, 12)
}

# ── The bucket, unless there is one ───────────────────────────────────────────────────────────────────────────────────────────

resource "aws_s3_bucket" "artifacts" {
  count         = var.artifact_bucket == null ? 1 : 0
  bucket_prefix = "cognito-domain-guard-"
  tags          = var.tags
}

resource "aws_s3_bucket_public_access_block" "artifacts" {
  count                   = var.artifact_bucket == null ? 1 : 0
  bucket                  = aws_s3_bucket.artifacts[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_s3_bucket" "artifacts" {
  bucket = local.bucket
}

# ── What lies in it ───────────────────────────────────────────────────────────────────────────────────────────────────────────

resource "aws_s3_object" "archive" {
  bucket      = local.bucket
  key         = "${local.prefix}${local.archive}"
  source      = "${var.release_directory}/${local.archive}"
  source_hash = filesha256("${var.release_directory}/${local.archive}")
}

resource "aws_s3_object" "template" {
  bucket       = local.bucket
  key          = "${local.prefix}${local.template_digest}-${local.template}"
  source       = "${var.release_directory}/${local.template}"
  source_hash  = filesha256("${var.release_directory}/${local.template}")
  content_type = "application/json"
}

data "archive_file" "baseline" {
  type        = "zip"
  output_path = "${path.root}/.terraform/cognito-domain-guard-baseline-${local.baseline_digest}.zip"

  source {
    content  = file(var.baseline)
    filename = "baseline.yaml"
  }
}

resource "aws_s3_object" "baseline" {
  bucket = local.bucket
  key    = "${local.name}/baseline-${local.baseline_digest}.zip"
  source = data.archive_file.baseline.output_path
}

# ── The stack ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

resource "aws_cloudformation_stack" "guard" {
  name         = var.stack_name
  template_url = "https://${data.aws_s3_bucket.artifacts.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_NAMED_IAM"] # the stack makes one role; a hub's has a fixed name, which its members trust
  tags         = merge({ application = "cognito-domain-guard" }, var.tags)

  # A parameter that is null is left out, and the template's default counts.
  parameters = merge(
    {
      ArtifactBucket = local.bucket
      ArtifactPrefix = local.prefix
      BaselineKey    = aws_s3_object.baseline.key
    },
    { for name, value in local.parameters : name => value if value != null },
  )

  depends_on = [aws_s3_object.archive]

  timeouts {
    create = "20m"
    update = "20m"
    delete = "20m"
  }
}
