use std::io;

use vastlint_engine::ConfigChoice;
use vastlint_server::{Options, serve};

use crate::arguments::GlobalOptions;
use crate::exit::Exit;
use crate::failure::Failure;

/// Serves an editor until it ends the server. Exits with 0 if it did so as the protocol asks, else with 1.
pub(crate) fn run(global: &GlobalOptions) -> Exit {
    let options = match options(global) {
        Ok(options) => options,
        Err(failure) => return failure.report(),
    };
    match serve(io::stdin(), io::stdout(), options) {
        Ok(vastlint_server::Exit::Success) => Exit::Clean,
        Ok(vastlint_server::Exit::Failure) => Exit::Findings,
        Err(error) => Failure::new(format!("cannot start the server: {error}")).report(),
    }
}

fn options(global: &GlobalOptions) -> Result<Options, Failure<'static>> {
    let choice = global.config.choice()?;
    // The folders of an editor are not the current one.
    let file = choice.file.map(std::path::absolute).transpose();
    let file = file.map_err(|error| Failure::new(format!("cannot find the configuration: {error}")))?;
    Ok(Options { edition: global.edition, config: ConfigChoice { file, ..choice } })
}
