use std::io;

use vastlint_server::{Options, serve};

use crate::arguments::GlobalOptions;
use crate::exit::Exit;
use crate::failure::Failure;

/// Serves an editor until it ends the server. Exits with 0 if it did so as the protocol asks, else with 1.
pub(crate) fn run(global: &GlobalOptions) -> Exit {
    let configuration = match global.config.as_ref().map(std::path::absolute).transpose() {
        Ok(configuration) => configuration,
        Err(error) => return Failure::new(format!("cannot find the configuration: {error}")).report(),
    };
    let options = Options { edition: global.edition, configuration };
    match serve(io::stdin(), io::stdout(), options) {
        Ok(vastlint_server::Exit::Success) => Exit::Clean,
        Ok(vastlint_server::Exit::Failure) => Exit::Findings,
        Err(error) => Failure::new(format!("cannot start the server: {error}")).report(),
    }
}
