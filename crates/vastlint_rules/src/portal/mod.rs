//! Rules about the portal.

pub mod duplicate_portal_entry;
pub mod forced_portal_list;
pub mod incomplete_portal_list;
pub mod malformed_portal_entry;
pub mod pattern_in_portal_label;
pub mod unconventional_portal_ports;
pub mod unguarded_port_variable;
