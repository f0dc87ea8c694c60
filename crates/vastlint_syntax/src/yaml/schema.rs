use super::{NodeId, Yaml};

impl Yaml {
    /// The value of a scalar that is a string: quoted, a block, tagged `!!str`, or plain and nothing else.
    pub fn as_str(&self, _id: NodeId) -> Option<&str> {
        None
    }

    /// The value of a boolean: `true`, `True`, `TRUE` and their opposites.
    pub fn as_bool(&self, _id: NodeId) -> Option<bool> {
        None
    }

    /// The value of an integer: decimal, `0o17` or `0xff`. None where it does not fit.
    pub fn as_i64(&self, _id: NodeId) -> Option<i64> {
        None
    }

    /// The value of a number.
    pub fn as_f64(&self, _id: NodeId) -> Option<f64> {
        None
    }

    /// Whether the node is null: `null`, `~` or left out.
    pub fn is_null(&self, _id: NodeId) -> bool {
        false
    }
}
