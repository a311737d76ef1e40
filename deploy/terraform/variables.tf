# The module's own variables. Those of the template are in variables_template.tf.

variable "release" {
  type        = string
  description = "The version of the release whose files are in release_directory, such as 0.1.0."

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+", var.release))
    error_message = "release is a version, such as 0.1.0."
  }
}

variable "release_directory" {
  type        = string
  description = "The directory with the files of the release: its template and the Lambda's archive, downloaded and checked."
}

variable "baseline" {
  type        = string
  description = "Your baseline.yaml. Check it with `guardctl validate` before each apply: the guard refuses to start with a wrong one."
}

variable "artifact_bucket" {
  type        = string
  default     = null
  description = "An existing bucket of this region for the archives and the template. Null makes one."
}

variable "stack_name" {
  type        = string
  default     = "cognito-domain-guard"
  description = "The name of the CloudFormation stack."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of the stack, which CloudFormation passes on to its resources, and of the bucket."
}
