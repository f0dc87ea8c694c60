//! x
mod buffer;
mod location;
mod position;
mod transport;
