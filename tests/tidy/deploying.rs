//! How the guard is deployed: what its pages say, and what SAM takes when a flag is not given.

use std::path::Path;

use super::{ROOT, files, read};

/// Of each environment, with its name.
fn capabilities(samconfig: &str) -> Vec<(&str, &str)> {
    let mut environment = "";
    let mut found = Vec::new();
    for line in samconfig.lines() {
        if let Some(name) = line.strip_prefix('[') {
            environment = name.strip_suffix(".deploy.parameters]").unwrap_or_default();
        } else if let Some(value) = line.strip_prefix("capabilities = \"") {
            found.push((environment, value.split('"').next().unwrap()));
        }
    }
    found
}

/// CloudFormation refuses a template with a named role where the weaker one is given.
#[test]
fn every_environment_of_sam_has_the_capability_that_the_template_needs() {
    assert!(read("template.yaml").contains("RoleName:"));
    let samconfig = read("samconfig.toml");
    let named = "CAPABILITY_NAMED_IAM";
    assert_eq!(capabilities(&samconfig), [("default", named), ("ci", named)]);
}

/// `sam deploy` deploys what `sam build` made. Without that it deploys the checkout in place of the
/// program, and says that all went well.
#[test]
fn no_page_deploys_what_was_not_built() {
    let mut commands = 0;
    let pages =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|page| Path::new(ROOT).join(page));
    for path in files("docs", "md").into_iter().chain(pages) {
        let page = std::fs::read_to_string(&path).unwrap();
        let mut is_built = None;
        for line in page.lines() {
            if line.starts_with("```") {
                is_built = if is_built.is_none() { Some(false) } else { None };
            }
            let pieces: Vec<&str> = match is_built {
                Some(_) => vec![line],
                None => {
                    line.split('`').skip(1).step_by(2).filter(|code| code.contains("&&")).collect()
                }
            };
            for piece in pieces {
                let (before, deploys) = match piece
                    .split_once("sam deploy")
                    .filter(|(before, _)| !before.ends_with('`'))
                {
                    Some((before, _)) => (before, true),
                    None => (piece, false),
                };
                let builds = before.contains("sam build");
                if deploys {
                    commands += 1;
                    let is_built = builds || is_built == Some(true);
                    assert!(is_built, "{}: sam build comes first: {line}", path.display());
                }
                if let Some(is_built) = &mut is_built {
                    *is_built |= builds;
                }
            }
        }
    }
    assert!(commands > 5, "{commands}");
}
