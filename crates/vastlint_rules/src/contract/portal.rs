use schemars::JsonSchema;
use serde::Deserialize;

/// `[portal]`: the tabs of the Instance Portal, and the ports behind them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Portals {
    /// The host of every entry.
    pub host: String,
    /// How much higher than the first port the second one is.
    pub offset: u32,
    /// Pairs `first:second` that differ from it on purpose.
    pub port_exceptions: Vec<String>,
    /// What every list begins with.
    pub first_entry: String,
    /// Labels that every list has an entry for; letter case ignored.
    pub expected_labels: Vec<String>,
    /// Labels that programs of the base image serve; letter case ignored, and more may stand before and behind.
    pub base_labels: Vec<String>,
    /// Images whose programs are the base image's alone, by their repository.
    pub base_images: Vec<String>,
    /// How variables begin that hold a mapped port, which the platform sets only where the template maps it.
    pub mapped_port_prefixes: Vec<String>,
    /// How programs listen.
    pub listen: Listening,
}

/// `[portal.listen]`: how programs say where they listen.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Listening {
    /// Options whose value is a port.
    pub port_options: Vec<String>,
    /// Options whose value is a host, perhaps with `:port` behind it.
    pub host_options: Vec<String>,
    /// Options that mean every interface where no value follows.
    pub public_flags: Vec<String>,
    /// Environment variables whose value is a port.
    pub port_variables: Vec<String>,
    /// Environment variables whose value is a host, perhaps with `:port` behind it.
    pub host_variables: Vec<String>,
    /// Hosts that stand for every interface.
    pub public_hosts: Vec<String>,
    /// Hosts that listen addresses name: those for every interface, and the machine itself.
    pub hosts: Vec<String>,
    /// Programs that talk to a port of somebody else, or only speak of one.
    pub clients: Vec<String>,
}
