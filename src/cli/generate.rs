//! `gouji generate`: completions and manual pages, for those who make packages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::Shell;

use super::Exit;
use super::args;
use super::trouble::Trouble;
use super::words::say;

/// `gouji generate`
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    #[arg(
        value_name = say("文件夹", "FOLDER"),
        help = say("写到哪个文件夹", "where they go"),
    )]
    folder: PathBuf,
}

/// Writes `completions/` and `man/`.
pub(super) fn run(command: &GenerateArgs) -> Result<Exit, Trouble> {
    let write = || -> io::Result<()> {
        completions(&command.folder.join("completions"))?;
        manual(&command.folder.join("man"))
    };
    write().map_err(|error| Trouble::writing(&command.folder, &error))?;
    Ok(Exit::Clean)
}

fn completions(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
        clap_complete::generate_to(shell, &mut args::command(), "gouji", folder)?;
    }
    Ok(())
}

fn manual(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(args::command(), folder)
}
