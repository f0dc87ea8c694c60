//! Rules about the Python environment, wherever it is touched.

pub mod automatic_torch_backend;
pub mod bare_pip;
