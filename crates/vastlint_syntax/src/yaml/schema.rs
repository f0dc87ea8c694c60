use super::tree::ScalarTag;
use super::{Kind, NodeId, ScalarStyle, Yaml};

/// What the core schema of YAML 1.2 takes a plain scalar for.
#[derive(Clone, Copy, PartialEq)]
enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str,
}

impl Yaml {
    /// The value of a scalar that is a string: quoted, a block, tagged `!!str`, or plain and nothing else.
    pub fn as_str(&self, id: NodeId) -> Option<&str> {
        let text = self.text(id)?;
        (self.value(id)? == Value::Str).then_some(text)
    }

    /// The value of a boolean: `true`, `True`, `TRUE` and their opposites.
    pub fn as_bool(&self, id: NodeId) -> Option<bool> {
        match self.value(id)? {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of an integer: decimal, `0o17` or `0xff`. None where it does not fit.
    pub fn as_i64(&self, id: NodeId) -> Option<i64> {
        match self.value(id)? {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a number.
    pub fn as_f64(&self, id: NodeId) -> Option<f64> {
        match self.value(id)? {
            // What loses a digit here had more digits than a float can hold.
            #[expect(clippy::cast_precision_loss)]
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the node is null: `null`, `~` or left out.
    pub fn is_null(&self, id: NodeId) -> bool {
        self.value(id) == Some(Value::Null)
    }

    fn value(&self, id: NodeId) -> Option<Value> {
        let id = self.resolve(id)?;
        let Kind::Scalar { style, value } = self.node(id).kind else { return None };
        let text = self.text(id)?;
        let plain = plain_value(text);
        Some(match value.tag {
            ScalarTag::None if style == ScalarStyle::Plain => plain,
            ScalarTag::Other if style == ScalarStyle::Plain && text.is_empty() => Value::Null,
            ScalarTag::None | ScalarTag::Str | ScalarTag::Other => Value::Str,
            ScalarTag::Null => Value::Null,
            ScalarTag::Bool => matching(plain, |value| matches!(value, Value::Bool(_))),
            ScalarTag::Int => matching(plain, |value| matches!(value, Value::Int(_))),
            ScalarTag::Float => match plain {
                #[expect(clippy::cast_precision_loss)]
                Value::Int(value) => Value::Float(value as f64),
                other => matching(other, |value| matches!(value, Value::Float(_))),
            },
        })
    }
}

/// A tag that the text does not fit leaves a string.
fn matching(value: Value, fits: impl Fn(Value) -> bool) -> Value {
    if fits(value) { value } else { Value::Str }
}

fn plain_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        let infinity = if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
        return Value::Float(infinity);
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && digits.chars().all(|digit| digit.is_digit(radix))
            && let Ok(value) = i64::from_str_radix(digits, radix)
        {
            return Value::Int(value);
        }
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        // One that does not fit is a number still.
        return match text.parse() {
            Ok(value) => Value::Int(value),
            Err(_) => text.parse().map_or(Value::Str, Value::Float),
        };
    }
    if is_float(unsigned) { text.parse().map_or(Value::Str, Value::Float) } else { Value::Str }
}

/// Digits with a point or an exponent; Rust's own parser takes words such as `infinity` too.
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}
