//! `gouji completions`, and `gouji generate`: completions and manual pages, for those who make packages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::Shell;

use super::Exit;
use super::args;
use super::output;
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

/// `gouji completions`
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    #[arg(
        value_name = "bash|zsh|fish|powershell|elvish",
        hide_possible_values = true,
        help = say(
            "哪一种命令行：把输出存到它读取补全的地方即可，如 gouji completions bash > ~/.local/share/bash-completion/completions/gouji",
            "the shell; put the output where it looks for completions, as in gouji completions bash > ~/.local/share/bash-completion/completions/gouji",
        ),
    )]
    shell: Shell,
}

/// Prints the completions of a shell.
pub(super) fn print(command: &CompletionsArgs) -> Result<Exit, Trouble> {
    output::print_data(|out| {
        clap_complete::generate(command.shell, &mut args::command(), "gouji", out);
        Ok(())
    })?;
    Ok(Exit::Clean)
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
