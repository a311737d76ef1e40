# The guard in one account and region. Download a release and check it first (docs/deploy.md):
#
#   terraform init && terraform apply -var notice_email=you@example.com

terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "notice_email" {
  type        = string
  description = "Who hears of it. AWS asks this address to confirm."
}

module "guard" {
  source = "../.."

  release           = "0.1.0"
  release_directory = "${path.module}/release"
  baseline          = "${path.module}/baseline.yaml"

  notice_email        = var.notice_email
  create_alarm_topic  = true
  drift_lasts_minutes = 20
}

output "notice_topic" {
  description = "Subscribe whoever should hear."
  value       = module.guard.notice_topic
}
