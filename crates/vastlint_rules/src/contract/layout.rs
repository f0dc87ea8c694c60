use schemars::JsonSchema;
use serde::Deserialize;

/// `[layout]`: where the files of a template repository are, how they are called and how they belong together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layout {
    /// Folders of images: `*` stands for any part of a name.
    pub image_folders: Vec<String>,
    /// Folders of images without an application of their own.
    pub without_application: Vec<String>,
    /// The folder of supervisor scripts on an instance.
    pub script_folder: String,
    /// The folder of supervisor confs on an instance.
    pub conf_folder: String,
    /// The folder of boot scripts on an instance.
    pub boot_folder: String,
    /// The boot script of an external image: `<name>` stands for the name of its folder.
    pub environment_script: String,
    /// Folders of provisioning scripts in the repository.
    pub provisioning_folders: Vec<String>,
    /// Scripts on an instance that are started, and not sourced: `*` stands for any part of a name.
    pub executables: Vec<String>,
    /// The text that lists the boot scripts.
    pub boot_list: String,
    /// Names of scripts that may be written otherwise.
    pub kebab_exceptions: Vec<String>,
    /// What the base image provides.
    pub base: BaseFiles,
}

/// What the base image provides. A repository that holds the base image is asked itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BaseFiles {
    /// Folders on an instance whose files belong to the base image.
    pub folders: Vec<String>,
    /// Repositories of images that hold nothing that a conf could start but what the base image has.
    pub repositories: Vec<String>,
    /// File names of boot scripts.
    pub boot_scripts: Vec<String>,
    /// Programs, each with a conf and a script of its name.
    pub programs: Vec<String>,
    /// File names of utilities.
    pub utilities: Vec<String>,
    /// Files that an image may replace.
    pub replaceable: Vec<String>,
}
