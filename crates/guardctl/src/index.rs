//! `guardctl index`: where each entry of a large baseline stands, for the guard's cold starts.

use std::error::Error;
use std::fs;
use std::io;
use std::process::ExitCode;

use cognito_domain_guard::baseline::{FileIndex, NotIndexed};
use cognito_domain_guard::declared::index_path;
use cognito_domain_guard::text::harmless;
use guardctl::arguments::Index;
use guardctl::exit::Exit;
use guardctl::{errln, outln};

pub fn run(arguments: &Index) -> Result<ExitCode, Box<dyn Error>> {
    let Index { file, check } = arguments;
    if file.as_os_str() == "-" {
        return Err("an index lies beside a file: name the baseline".into());
    }
    let (name, text) = guardctl::input::read_text(file)?;
    let index = match FileIndex::of(&name, &text) {
        Ok(index) => index,
        Err(NotIndexed::Invalid(error)) => return Err(error.into()),
        Err(NotIndexed::Entangled { reason }) => {
            let reason = harmless(&reason);
            return Err(format!(
                "{name} has no index: {reason}. The guard then reads all of it at each cold start; remove \
                 an index that lies beside it"
            )
            .into());
        }
    };
    let path = index_path(file);
    let shown = harmless(&path.display().to_string()).into_owned();
    if *check {
        return Ok(match fs::read(&path) {
            Ok(found) if found == index.as_bytes() => {
                outln!("{shown} is the index of {name}");
                Exit::Good
            }
            Ok(_) => {
                errln!("{shown} is not the index of {name}: run guardctl index");
                Exit::Failed
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                errln!("{name} has no index: run guardctl index");
                Exit::Failed
            }
            Err(error) => return Err(format!("{shown} cannot be read: {error}").into()),
        }
        .into());
    }
    fs::write(&path, index.as_bytes())
        .map_err(|error| format!("{shown} cannot be written: {error}"))?;
    outln!("{shown} is the index of {name}, {} bytes: deploy it beside it", index.as_bytes().len());
    Ok(Exit::Good.into())
}
