//! VL723: see `rules/project/public-application.md`.

use vastlint_model::Document;

use crate::contract::Portals;
use crate::listening::{Address, addresses};
use crate::portals::{Entry, List, PortalImage, environment, gates, portal_images, script_of};
use crate::{Check, Context, Finding, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let contract = &context.contract.portal;
    for image in portal_images(context.project) {
        let environment = environment(context.project, &image);
        let outside = |name: &str| environment.get(name).cloned();
        for &document in image.scripts.iter().chain(&image.boot) {
            let Some(script) = script_of(document) else { continue };
            // Most scripts name no such address at all.
            if !contract.listen.public_hosts.iter().any(|host| vastlint_text::contains(&document.text, host))
                && !contract
                    .listen
                    .public_flags
                    .iter()
                    .any(|flag| vastlint_text::contains(&document.text, flag))
            {
                continue;
            }
            let asks = !gates(context, document).is_empty();
            let commands = addresses(document, script, &contract.listen, &outside);
            // `export HOST=0.0.0.0` on a line of its own holds for every program that says nothing itself.
            let alone = |command: &&Vec<Address>| {
                command.iter().all(|address| address.is_exported && address.port.is_none())
            };
            let ambient =
                commands.iter().filter(alone).flatten().find(|address| is_public(address, contract));
            for command in &commands {
                let own = command.iter().find(|address| address.host.is_some());
                let public = own.filter(|address| is_public(address, contract));
                let has_port = command.iter().any(|address| address.port.is_some());
                if let Some(public) = public.or(ambient.filter(|_| own.is_none() && has_port)) {
                    check_command(&image, document, command, public, asks, sink);
                }
            }
        }
    }
}

fn is_public(address: &Address, contract: &Portals) -> bool {
    let host = address.host.as_deref();
    host.is_some_and(|host| contract.listen.public_hosts.iter().any(|public| public == host))
}

/// What a command says about where it listens, by itself or by the environment.
fn check_command(
    image: &PortalImage<'_>,
    document: &Document,
    command: &[Address],
    public: &Address,
    asks: bool,
    sink: &mut Sink<'_>,
) {
    let ports = || command.iter().filter_map(|address| address.port);
    let entries = || image.all.iter().flat_map(List::entries);
    let proxied = ports().find_map(|port| {
        let is_behind =
            |entry: &Entry<'_>| entry.is_proxied() && entry.ports().is_some_and(|ports| ports.1 == port);
        entries().find(is_behind)
    });
    let host = public.host.as_deref().unwrap_or_default();
    if let Some(entry) = proxied {
        let label = entry.label().unwrap_or_default();
        let second = entry.ports().map_or(0, |(_, second)| second);
        let finding = sink
            .report(
                document,
                document.first_line(public.span),
                format!("`{label}` listens on every interface (`{host}`), past Caddy"),
                format!("opens {second} to everybody who reaches it"),
            )
            .related(
                Place::new(entry.document, entry.ports_span()),
                "Caddy asks for the token on the first port",
            );
        explain(finding);
    } else if asks && image.all.is_empty() {
        let finding = sink
            .report(
                document,
                document.first_line(public.span),
                format!("the application listens on every interface (`{host}`)"),
                "open to everybody who reaches the port",
            )
            .variant("unknown-entry");
        explain(finding);
    }
}

fn explain(finding: &mut Finding) {
    finding
        .why("whoever reaches the port directly, from another container or through a mapped port, is let in without a token")
        .help("let it listen on `127.0.0.1`; Caddy is the only way in");
}
