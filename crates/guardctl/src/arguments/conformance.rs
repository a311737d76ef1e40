//! `guardctl conformance`.

use std::path::PathBuf;

use clap::Args;
use cognito_domain_guard::baseline::DomainName;

use super::access::Access;

/// Measure on your test account what no document says about Cognito
///
/// Makes user pools and domains of its own, finds out how they behave, says what that means for the guard,
/// and removes them again. It asks before it begins and touches nothing else. A custom domain takes an hour
/// to come and minutes for each change: one to four hours in all. With --prefix alone it takes some
/// minutes, and measures what needs no certificate. docs/conformance.md says what each experiment does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    guardctl conformance --prefix guard-test-4711 --dry-run\n  \
    guardctl conformance --domain guard-test.example.com \\\n    \
      --certificate-arn arn:aws:acm:us-east-1:111122223333:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d\n\n\
    Exit code: 0 when everything was found that can be, and Cognito is one that the guard was tried in; 2 when \
    an answer was unexpected, or something was not found or is left to remove; 1 when it refused to begin. It \
    removes what it made in each case.")]
pub struct Conformance {
    /// A custom domain to make, of which nothing is there yet
    #[arg(
        long,
        value_name = "NAME",
        requires = "certificate_arn",
        required_unless_present = "prefix"
    )]
    pub domain: Option<DomainName>,
    /// The ACM certificate for it, in us-east-1
    #[arg(long, value_name = "ARN", requires = "domain")]
    pub certificate_arn: Option<String>,
    /// A prefix domain to make; alone, or beside the custom one
    #[arg(long, value_name = "NAME")]
    pub prefix: Option<DomainName>,
    /// Another certificate for the same name: how long does a change of certificate take?
    #[arg(long, value_name = "ARN", requires = "domain")]
    pub second_certificate_arn: Option<String>,
    /// A role that may update domains, but has no cloudfront:updateDistribution: is that needed?
    #[arg(long, value_name = "ARN", requires = "domain")]
    pub restricted_role_arn: Option<String>,
    /// A domain of another account in the same region: what is described of it?
    #[arg(long, value_name = "NAME")]
    pub foreign_domain: Option<DomainName>,
    /// A user pool that you made for this, with an active replica: what does `Routing: {}` do to a failover?
    ///
    /// It is named and tagged for this command, as docs/conformance.md says. The custom domain is made on it
    /// and removed again; the pool stays.
    #[arg(
        long,
        value_name = "ID",
        requires = "domain",
        requires = "replica_region",
        requires = "health_check_id"
    )]
    pub replicated_user_pool: Option<String>,
    /// The region of its replica
    #[arg(long, value_name = "REGION", requires = "replicated_user_pool")]
    pub replica_region: Option<String>,
    /// A Route 53 health check for the failover
    #[arg(long, value_name = "ID", requires = "replicated_user_pool")]
    pub health_check_id: Option<String>,
    /// Where to write what was found, without any identifier; `guardctl schema conformance` describes it
    #[arg(long, value_name = "FILE", default_value = "guardctl-conformance.json")]
    pub output: PathBuf,
    /// Check, and print the plan; make nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask, neither before the run nor before what an earlier run left is removed
    #[arg(long)]
    pub yes: bool,
    /// Where to make them: one region.
    #[command(flatten)]
    pub access: Access,
}
