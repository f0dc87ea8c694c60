//! VL502: see `rules/portal/unconventional-portal-ports.md`.

use crate::contract::Portals;
use crate::portals::List;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let contract = &context.contract.portal;
    for list in List::all(context.project) {
        for entry in list.entries().filter(|entry| entry.entry.fields.len() >= 3) {
            let Some((first, second)) = entry.ports() else { continue };
            if is_conventional(first, second, contract) {
                continue;
            }
            let offset = contract.offset;
            let wanted = u32::from(first) + offset;
            sink.report(
                list.document,
                entry.ports_span(),
                format!("the second port of `{}` is {second}, not {wanted}", entry.label().unwrap_or_default()),
                format!("{first} + {offset} = {wanted}"),
            )
            .why(
                "everybody who reads a template finds an application's own port by this convention, and no two applications get in each other's way",
            )
            .help(format!("write `{first}:{wanted}`, and let the application listen on {wanted}"));
        }
    }
}

/// The second port is the first with the offset, or the other way round; equal ports are not proxied at all, and
/// above the last port there is no room.
fn is_conventional(first: u16, second: u16, contract: &Portals) -> bool {
    let (low, high) = (u32::from(first), u32::from(second));
    let is_excepted = || {
        let pair = format!("{first}:{second}");
        contract.port_exceptions.contains(&pair)
    };
    low == high
        || low + contract.offset == high
        || high + contract.offset == low
        || low + contract.offset > u32::from(u16::MAX)
        || is_excepted()
}
