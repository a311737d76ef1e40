//! The calls that the world knows, and how it refuses one.

use std::error::Error;
use std::fmt;

/// An API call, written as IAM writes it: `cognito-idp:UpdateUserPoolDomain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Cognito's `CreateUserPoolDomain`.
    CreateUserPoolDomain,
    /// Cognito's `UpdateUserPoolDomain`.
    UpdateUserPoolDomain,
    /// Cognito's `DeleteUserPoolDomain`.
    DeleteUserPoolDomain,
    /// Cognito's `DescribeUserPoolDomain`.
    DescribeUserPoolDomain,
    /// Cognito's `DescribeUserPool`.
    DescribeUserPool,
    /// Cognito's `ListUserPools`.
    ListUserPools,
    /// Cognito's `CreateUserPool`.
    CreateUserPool,
    /// Cognito's `DeleteUserPool`.
    DeleteUserPool,
    /// SNS's `Publish`.
    Publish,
    /// STS's `AssumeRole`.
    AssumeRole,
    /// SSM's `GetParametersByPath`.
    GetParametersByPath,
    /// SSM's `PutParameter`.
    PutParameter,
    /// SSM's `DeleteParameter`.
    DeleteParameter,
    /// SSM's `DeleteParameters`.
    DeleteParameters,
    /// SSM's `DescribeParameters`.
    DescribeParameters,
    /// CloudFormation's `DescribeStacks`.
    DescribeStacks,
    /// CloudWatch Logs' `FilterLogEvents`.
    FilterLogEvents,
    /// CloudWatch Logs' `DescribeLogGroups`.
    DescribeLogGroups,
    /// CloudTrail's `LookupEvents`.
    LookupEvents,
    /// ACM's `DescribeCertificate`.
    DescribeCertificate,
    /// CloudFront's `ListDistributions`.
    ListDistributions,
}

impl Action {
    /// Every call that the world answers.
    pub const ALL: [Self; 21] = [
        Self::CreateUserPoolDomain,
        Self::UpdateUserPoolDomain,
        Self::DeleteUserPoolDomain,
        Self::DescribeUserPoolDomain,
        Self::DescribeUserPool,
        Self::ListUserPools,
        Self::CreateUserPool,
        Self::DeleteUserPool,
        Self::Publish,
        Self::AssumeRole,
        Self::GetParametersByPath,
        Self::PutParameter,
        Self::DeleteParameter,
        Self::DeleteParameters,
        Self::DescribeParameters,
        Self::DescribeStacks,
        Self::FilterLogEvents,
        Self::DescribeLogGroups,
        Self::LookupEvents,
        Self::DescribeCertificate,
        Self::ListDistributions,
    ];

    /// The operation's name without its service, as the wire and CloudTrail have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateUserPoolDomain => "CreateUserPoolDomain",
            Self::UpdateUserPoolDomain => "UpdateUserPoolDomain",
            Self::DeleteUserPoolDomain => "DeleteUserPoolDomain",
            Self::DescribeUserPoolDomain => "DescribeUserPoolDomain",
            Self::DescribeUserPool => "DescribeUserPool",
            Self::ListUserPools => "ListUserPools",
            Self::Publish => "Publish",
            Self::AssumeRole => "AssumeRole",
            Self::GetParametersByPath => "GetParametersByPath",
            Self::PutParameter => "PutParameter",
            Self::DeleteParameter => "DeleteParameter",
            Self::DeleteParameters => "DeleteParameters",
            Self::DescribeParameters => "DescribeParameters",
            Self::DescribeStacks => "DescribeStacks",
            Self::FilterLogEvents => "FilterLogEvents",
            Self::DescribeLogGroups => "DescribeLogGroups",
            Self::CreateUserPool => "CreateUserPool",
            Self::DeleteUserPool => "DeleteUserPool",
            Self::LookupEvents => "LookupEvents",
            Self::DescribeCertificate => "DescribeCertificate",
            Self::ListDistributions => "ListDistributions",
        }
    }

    /// The service's prefix in IAM, in EventBridge sources and in endpoints.
    pub const fn service(self) -> &'static str {
        match self {
            Self::CreateUserPoolDomain
            | Self::UpdateUserPoolDomain
            | Self::DeleteUserPoolDomain
            | Self::DescribeUserPoolDomain
            | Self::DescribeUserPool
            | Self::ListUserPools
            | Self::CreateUserPool
            | Self::DeleteUserPool => "cognito-idp",
            Self::Publish => "sns",
            Self::AssumeRole => "sts",
            Self::GetParametersByPath
            | Self::PutParameter
            | Self::DeleteParameter
            | Self::DeleteParameters
            | Self::DescribeParameters => "ssm",
            Self::DescribeStacks => "cloudformation",
            Self::FilterLogEvents | Self::DescribeLogGroups => "logs",
            Self::LookupEvents => "cloudtrail",
            Self::DescribeCertificate => "acm",
            Self::ListDistributions => "cloudfront",
        }
    }

    /// Whether it changes a domain.
    pub const fn is_domain_write(self) -> bool {
        match self {
            Self::CreateUserPoolDomain
            | Self::UpdateUserPoolDomain
            | Self::DeleteUserPoolDomain => true,
            Self::DescribeUserPoolDomain
            | Self::DescribeUserPool
            | Self::ListUserPools
            | Self::CreateUserPool
            | Self::DeleteUserPool
            | Self::Publish
            | Self::AssumeRole
            | Self::GetParametersByPath
            | Self::PutParameter
            | Self::DeleteParameter
            | Self::DeleteParameters
            | Self::DescribeParameters
            | Self::DescribeStacks
            | Self::FilterLogEvents
            | Self::DescribeLogGroups
            | Self::LookupEvents
            | Self::DescribeCertificate
            | Self::ListDistributions => false,
        }
    }

    /// Whether it makes or removes a parameter.
    pub const fn is_parameter_write(self) -> bool {
        match self {
            Self::PutParameter | Self::DeleteParameter | Self::DeleteParameters => true,
            Self::CreateUserPoolDomain
            | Self::UpdateUserPoolDomain
            | Self::DeleteUserPoolDomain
            | Self::DescribeUserPoolDomain
            | Self::DescribeUserPool
            | Self::ListUserPools
            | Self::CreateUserPool
            | Self::DeleteUserPool
            | Self::Publish
            | Self::AssumeRole
            | Self::GetParametersByPath
            | Self::DescribeParameters
            | Self::DescribeStacks
            | Self::FilterLogEvents
            | Self::DescribeLogGroups
            | Self::LookupEvents
            | Self::DescribeCertificate
            | Self::ListDistributions => false,
        }
    }

    /// Whether CloudTrail reports it as an event that EventBridge carries: a management event that
    /// writes. `Publish` is a data event, which trails leave out unless they are configured for it.
    pub const fn is_write(self) -> bool {
        match self {
            Self::CreateUserPoolDomain
            | Self::UpdateUserPoolDomain
            | Self::DeleteUserPoolDomain
            | Self::CreateUserPool
            | Self::DeleteUserPool
            | Self::PutParameter
            | Self::DeleteParameter
            | Self::DeleteParameters => true,
            Self::DescribeUserPoolDomain
            | Self::DescribeUserPool
            | Self::ListUserPools
            | Self::Publish
            | Self::AssumeRole
            | Self::GetParametersByPath
            | Self::DescribeParameters
            | Self::DescribeStacks
            | Self::FilterLogEvents
            | Self::DescribeLogGroups
            | Self::LookupEvents
            | Self::DescribeCertificate
            | Self::ListDistributions => false,
        }
    }

    /// Whether a trail and the event history have it by default: all but data events.
    pub(super) fn is_management_event(self) -> bool {
        self != Self::Publish
    }

    /// The call of that name, without its service.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service(), self.name())
    }
}

/// An error answer of a service: what the SDK's `code()` and `message()` will say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status. The SDK retries 500, 502, 503 and 504 whatever the code.
    pub status: u16,
    /// The error code, such as `TooManyRequestsException`.
    pub code: String,
    /// The message for people.
    pub message: String,
}

impl ApiError {
    /// An error of that status, code and message.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterException", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(400, "ResourceNotFoundException", message)
    }

    /// A request of STS that its own rules refuse.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// The refusal of IAM, in AWS's wording. Each service has a code and a status of its own for it.
    pub(super) fn denied(action: Action, caller_arn: &str, resource: &str, denial: Denial) -> Self {
        let (status, code, service) = match action {
            Action::Publish => (403, "AuthorizationError", "SNS"),
            Action::AssumeRole => (403, "AccessDenied", "sts"),
            Action::CreateUserPoolDomain
            | Action::UpdateUserPoolDomain
            | Action::DeleteUserPoolDomain
            | Action::DescribeUserPoolDomain
            | Action::DescribeUserPool
            | Action::ListUserPools
            | Action::CreateUserPool
            | Action::DeleteUserPool => (400, "AccessDeniedException", "cognito-idp"),
            Action::LookupEvents => (400, "AccessDeniedException", "cloudtrail"),
            Action::DescribeCertificate => (400, "AccessDeniedException", "acm"),
            Action::ListDistributions => (403, "AccessDenied", "cloudfront"),
            Action::GetParametersByPath
            | Action::PutParameter
            | Action::DeleteParameter
            | Action::DeleteParameters
            | Action::DescribeParameters => (400, "AccessDeniedException", "ssm"),
            Action::DescribeStacks => (403, "AccessDenied", "cloudformation"),
            Action::FilterLogEvents | Action::DescribeLogGroups => {
                (400, "AccessDeniedException", "logs")
            }
        };
        let operation = action.name();
        let why = match denial {
            Denial::NotAllowed => {
                format!(" because no identity-based policy allows the {service}:{operation} action")
            }
            Denial::Explicitly => " with an explicit deny in an identity-based policy".to_owned(),
            Denial::ServiceControlPolicy => {
                " with an explicit deny in a service control policy".to_owned()
            }
            // Whether the role is there is nobody's business.
            Denial::NotTrusted => String::new(),
        };
        Self::new(
            status,
            code,
            format!(
                "User: {caller_arn} is not authorized to perform: {service}:{operation} on resource: \
                 {resource}{why}"
            ),
        )
    }
}

/// Why IAM refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// The caller's own policies do not allow it.
    NotAllowed,
    /// The caller's own policies have a Deny for it.
    Explicitly,
    /// The organization forbids it to the caller's account.
    ServiceControlPolicy,
    /// The role is not there, or does not trust the caller.
    NotTrusted,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.message)
    }
}

impl Error for ApiError {}
