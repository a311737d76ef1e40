//! What is known of one tool: a row of the table.

use super::ViaKind;

/// One tool.
pub(super) struct Tool {
    pub(super) mark: Mark,
    /// How people call it.
    pub(super) name: &'static str,
    pub(super) version: Version,
    pub(super) kind: ViaKind,
    /// Where it has the domain declared; empty where it has not.
    pub(super) declared_in: &'static str,
}

/// How a tool is recognised.
pub(super) enum Mark {
    /// A word `PRODUCT`, `PRODUCT/VERSION` or `PRODUCT#VERSION` of the user agent, in any case.
    Product(&'static str),
    /// A word of the user agent that begins with this.
    Word(&'static str),
    /// A word of the user agent that has this in it.
    Within(&'static str),
    /// The AWS service that CloudTrail names; also claimed by a user agent that is its name.
    Host(&'static str),
    /// The same, when it works with a role that has this in its name.
    HostAs(&'static str, &'static str),
}

/// How a tool's version is read.
#[derive(Clone, Copy)]
pub(super) enum Version {
    /// After the word's first `/` or `#`.
    After,
    /// After the word's last `-v`: `aws-controllers-k8s/SERVICE-vVERSION`.
    Dashed,
    /// What follows the mark is `NAME#VERSION` or `NAME/VERSION`, and the name is shown too.
    Named,
    /// It says none.
    None,
}

/// A row of the table.
pub(super) const fn row(
    mark: Mark,
    name: &'static str,
    version: Version,
    kind: ViaKind,
    declared_in: &'static str,
) -> Tool {
    Tool { mark, name, version, kind, declared_in }
}
