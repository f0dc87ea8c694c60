//! Rules about the Python environment, wherever it is touched.

pub mod automatic_torch_backend;
pub mod bare_pip;
pub mod extra_venv;
pub mod install_outside_venv;
pub mod torch_without_backend;
pub mod unknown_venv;
mod uv_pip;
