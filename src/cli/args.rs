//! The arguments, their help in both languages, and what is said when they are wrong.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use super::Exit;
use super::bare::BareArgs;
use super::limits::LimitArgs;
use super::trouble::tell;
use super::words::{language, say};
use crate::write::OUTPUTS;
use crate::write::output::Output;

/// The parsed command line.
#[derive(Debug, Parser)]
#[command(
    name = "gouji",
    version,
    disable_help_subcommand = true,
    about = say(
        "勾稽：逐个数字核对部门报送的表格，指出哪些对不上、为什么。",
        "gouji checks, figure by figure, whether submitted workbooks agree, and why not.",
    ),
    after_help = say(
        "最常用的三条：\n  \
           gouji 预算.xlsx 支出.xlsx        核对，并在原表旁边写出标注副本和评价底稿\n  \
           gouji check 报送材料/           只在屏幕上列出问题，不写任何文件\n  \
           gouji explain T01              解释一条规则\n\n\
         原文件从不改动。退出码：0 无错误，1 有错误，2 未能运行。",
        "The three calls you need most:\n  \
           gouji budget.xlsx paid.xlsx    check, and write marked copies and a working paper beside the files\n  \
           gouji check submissions/       list what is wrong on the screen, write nothing\n  \
           gouji explain T01              explain a rule\n\n\
         Your files are never changed. Exit codes: 0 no errors, 1 errors, 2 could not run.",
    ),
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) bare: BareArgs,
    /// Both before and after a subcommand.
    #[arg(
        long,
        global = true,
        value_name = say("zh|en", "zh|en"),
        value_parser = ["zh", "en"],
        hide_possible_values = true,
        help = say("界面与结果的语言：zh 中文（默认），en 英文", "language: zh (default) or en"),
    )]
    pub(super) lang: Option<String>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Findings on the screen.
    #[command(about = say("核对表格，列出对不上的数字", "check workbooks and list what does not agree"))]
    Check(Check),
    /// Marked copies.
    #[command(
        about = say("写出标注副本：原表照旧，只加底色、批注和“核对结果”表", "write marked copies: the workbook as it is, with fills, notes and a sheet of results"),
        after_help = say("工作簿的结构受保护时不能添加工作表：核对结果另存为“…-核对结果.xlsx”。", "Where a workbook's structure is locked, no sheet can be added: the results go to a workbook of their own, …-核对-results.xlsx."),
    )]
    Annotate(super::annotate::AnnotateArgs),
    /// Marks taken off.
    #[command(about = say("去掉 gouji 的标注：每个部件的内容逐字节还原，压缩包重新打包", "take the marks of gouji off: every part to the byte, the zip packed anew"))]
    Unmark(super::annotate::UnmarkArgs),
    /// Completions of a shell.
    #[command(about = say("输出命令行补全脚本（bash、zsh、fish、powershell）", "print completions for a shell (bash, zsh, fish, powershell)"))]
    Completions(super::generate::CompletionsArgs),
    /// Completions and manual pages, for packages.
    #[command(hide = true)]
    Generate(super::generate::GenerateArgs),
    /// The page.
    #[cfg(feature = "serve")]
    #[command(about = say("打开核对页面（本机网页），把表格拖进去即可", "open the page on this computer: drop workbooks on it"))]
    Serve(super::serve::ServeArgs),
    /// Normalized data.
    #[cfg(feature = "parquet")]
    #[command(about = say("把成批的旧表转换成可查询的数据（Parquet、SQLite、csv……），一行一个数字", "turn archives of workbooks into data to query (Parquet, SQLite, csv, …), one row a number"))]
    Convert(super::convert::ConvertArgs),
    /// Parts of a conversion.
    #[cfg(feature = "parquet")]
    #[command(about = say("把 gouji convert --shard 的各份合成一份", "put the parts of gouji convert --shard together"))]
    Merge(super::convert::MergeArgs),
    /// Chunks of a conversion, in a process of their own.
    #[cfg(all(feature = "parquet", feature = "serve"))]
    #[command(hide = true)]
    ConvertWorker(super::convert_worker::WorkerArgs),
    /// The evaluation workbook.
    #[command(about = say("写出评价底稿：一套材料一本，含差异清单、核对总表、资金流向、项目对照", "write the evaluation workbook of a packet: differences, every check, the money's way"))]
    Evaluate(super::evaluate::EvaluateArgs),
    /// What is seen.
    #[command(about = say("看程序在文件里看到了什么：工作表、隐藏内容、表格、单位、关系及其依据", "what is seen in a file: sheets, hidden things, tables, units, relations and why"))]
    Inspect(super::inspect::InspectArgs),
    /// The catalogue.
    #[command(about = say("列出全部规则", "list all rules"))]
    Rules(Knowledge),
    /// Table kinds.
    #[command(about = say("列出能识别的表格种类、字段和声明的关系", "list the table kinds, their fields and declared relations"))]
    Kinds(Knowledge),
    /// Lists of words.
    #[command(about = say("列出认表用的字词表，和“差额”一类的算式字样", "list the words by which tables are read, and those that announce differences"))]
    Words(Knowledge),
    /// A rule in full.
    #[command(about = say("解释一条规则：核对什么、举例、怎么办、依据", "explain a rule: what it checks, an example, what to do, its source"))]
    Explain(super::rules::ExplainArgs),
    /// Tools for programs that work on a person's behalf.
    #[cfg(feature = "mcp")]
    #[command(about = say("供智能体调用（MCP，标准输入输出）：只读工具，只能读取指定的文件夹", "tools for agents (MCP on standard input and output): read-only, and only in the folders given"))]
    Mcp(super::mcp::McpArgs),
    /// One call of an agent, in a process of its own.
    #[cfg(feature = "mcp")]
    #[command(hide = true)]
    McpWorker(super::mcp::WorkerArgs),
    /// A folder that is watched.
    #[cfg(feature = "serve")]
    #[command(about = say("监视收件文件夹：放进去的表格自动核对，结果写到另一个文件夹", "watch a folder: what lands in it is checked, results go to another"))]
    Watch(super::watch::WatchArgs),
    /// One packet of a watched folder, in a process of its own.
    #[cfg(feature = "serve")]
    #[command(hide = true)]
    WatchWorker(super::watch::WatchWorkerArgs),
    /// One job of the page's server, in a process of its own.
    #[cfg(feature = "serve")]
    #[command(hide = true)]
    PageWorker(super::serve::PageWorkerArgs),
    /// The rules of a workbook that opens.
    #[command(about = say("检查工作簿的结构，指出会让 Excel 报错或“修复”的地方", "check a workbook's structure for what makes Excel refuse or repair it"))]
    Verify(super::annotate::VerifyArgs),
}

/// `gouji check`
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    #[command(flatten)]
    pub(super) passwords: Passwords,
    #[command(flatten)]
    pub(super) rules: Rules,
    /// The form of the report.
    #[arg(
        long,
        value_parser = forms(),
        default_value = OUTPUTS[0].name,
        value_name = FORMS.as_str(),
        hide_possible_values = true,
        hide_default_value = true,
        help = forms_help(),
    )]
    pub(super) format: &'static Output,
    /// Which checks the JSON report lists.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "all|failing",
        hide_possible_values = true,
        hide_default_value = true,
        help = say("json 中列出全部核对（all，默认）或仅不符与未能核对的（failing）", "in json, list all checks (default) or only those failing or unverifiable"),
    )]
    pub(super) checks: ChecksListed,
    /// A drafted report whose figures are compared with the tables'.
    #[arg(
        long,
        value_name = say("文件", "FILE"),
        help = say("报告文字（.docx、.txt、.md）：其中的金额、占比、执行率与表格核对，可重复", "a drafted report (.docx, .txt, .md): its amounts, shares and rates against the tables; may be repeated"),
    )]
    pub(super) report: Vec<PathBuf>,
    /// The last draft.
    #[arg(
        long,
        value_name = say("文件夹", "DIR"),
        help = say("上一稿的材料（文件夹或文件，可重复）：说明哪些问题已改正、仍在、新出现，哪些数未提问题而改（与 --packet-per-folder 同用时是放着各单位上一稿的文件夹）", "the last draft (a folder or files; repeatable): what was mended, is open or new, and what changed unasked (with --packet-per-folder, the folder of each unit's last draft)"),
    )]
    pub(super) previous: Vec<PathBuf>,
    /// One packet a folder.
    #[arg(
        long,
        help = say("文件夹里的每个子文件夹算一套材料，逐套核对；json 时一行一套", "each folder in the folder is a packet, checked one after the other; as json, one a line"),
    )]
    pub(super) packet_per_folder: bool,
}

/// The files of a packet.
#[derive(Debug, Args)]
pub(super) struct Inputs {
    #[arg(
        required = true,
        value_name = say("文件或文件夹", "PATH"),
        help = say("要核对的表格，或放着表格的文件夹；一次给出的算一套材料，表与表之间也核对", "workbooks, or folders of them; what is given together is one packet, checked across files too"),
    )]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// Passwords for commands that only read.
#[derive(Debug, Default, Args)]
pub(super) struct Passwords {
    #[arg(
        long,
        value_name = say("文件", "FILE"),
        help = say("打开加密表格的口令，文本文件，一行一个", "passwords of encrypted workbooks, one a line of a text file"),
    )]
    pub(super) password_file: Option<PathBuf>,
}

/// Which rules run, and which findings fail the run.
#[derive(Debug, Default, Args)]
pub(super) struct Rules {
    /// The least severity that makes the exit code 1.
    #[arg(
        long,
        value_enum,
        value_name = "error|warning|info|never",
        hide_possible_values = true,
        help = say("达到哪一级就以退出码 1 结束：error 错误（默认），warning 核实，info 提示，never 从不", "the least severity that makes the exit code 1 (default error)"),
    )]
    pub(super) fail_on: Option<FailOn>,
    #[arg(
        long,
        value_name = say("代码", "CODE"),
        value_delimiter = ',',
        help = say("只用这些规则（代码或开头，如 T,Z01），可重复", "only rules whose code starts so (T,Z01); repeatable"),
    )]
    pub(super) select: Vec<String>,
    #[arg(
        long,
        value_name = say("代码", "CODE"),
        value_delimiter = ',',
        help = say("不用这些规则，可重复", "no rules whose code starts so; repeatable"),
    )]
    pub(super) ignore: Vec<String>,
    /// What people say of findings.
    #[arg(
        long,
        value_name = say("文件", "FILE"),
        help = say("问题说明（.toml）：写了理由的发现不再计数，数字变了即失效；文件不存在时写出一份待填", "explanations (.toml): findings with a reason no longer count, until their numbers change; a file that is not there is written, to be filled in"),
    )]
    pub(super) explanations: Option<PathBuf>,
    /// Which names are one project's.
    #[arg(
        long,
        value_name = say("文件", "FILE"),
        help = say("项目认定（.toml）：哪些名称是同一项目、哪些不是；文件不存在时写出一份待填", "decisions on projects (.toml): which names are one project's and which are not; a file that is not there is written, to be filled in"),
    )]
    pub(super) projects: Option<PathBuf>,
    #[command(flatten)]
    pub(super) knowledge: Knowledge,
}

/// What is known about tables besides what the program knows.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Knowledge {
    #[arg(
        long,
        value_name = say("文件", "FILE"),
        help = say("设置文件；不指定时用表格所在文件夹里的 gouji.toml（若有）", "settings; by default gouji.toml beside the workbooks, where there is one"),
    )]
    pub(super) config: Option<PathBuf>,
    #[arg(
        long,
        value_name = say("文件夹", "DIR"),
        help = say("自己的规则：此文件夹里的 toml 文件（表格种类、字词、表间关系）；表格所在文件夹里的 gouji 文件夹总会读取；可重复", "rules of your own: the toml files of this folder (kinds, words, relations); a folder gouji beside the workbooks is always read; repeatable"),
    )]
    pub(super) rules: Vec<PathBuf>,
}

impl Rules {
    /// Whether any of them was given.
    pub(super) fn is_given(&self) -> bool {
        self.fail_on.is_some()
            || self.explanations.is_some()
            || self.projects.is_some()
            || self.knowledge.config.is_some()
            || !self.knowledge.rules.is_empty()
            || !(self.select.is_empty() && self.ignore.is_empty())
    }
}

/// The names of the forms of a report: `text|json|sarif|csv`.
static FORMS: LazyLock<String> =
    LazyLock::new(|| OUTPUTS.iter().map(|output| output.name).collect::<Vec<_>>().join("|"));

/// The form of a report by its name.
fn forms() -> impl TypedValueParser<Value = &'static Output> {
    PossibleValuesParser::new(OUTPUTS.iter().map(|output| output.name))
        .map(|name| *OUTPUTS.iter().find(|output| output.name == name).unwrap_or(&OUTPUTS[0]))
}

fn forms_help() -> String {
    let about = |(at, output): (usize, &&'static Output)| {
        let usual = if at == 0 { say("（默认）", " (default)") } else { "" };
        format!("{} {}{usual}", output.name, output.about().get(language()))
    };
    let forms: Vec<String> = OUTPUTS.iter().enumerate().map(about).collect();
    say(format!("结果的格式：{}", forms.join("；")), forms.join(", "))
}

/// Which checks a report lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ChecksListed {
    /// All.
    #[default]
    All,
    /// Failing and unverifiable ones.
    Failing,
}

/// When findings make the run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FailOn {
    /// On errors.
    #[default]
    Error,
    /// On warnings too.
    Warning,
    /// On any finding.
    Info,
    /// Never.
    Never,
}

/// Parses the arguments; prints help, version or what is wrong, and returns the exit instead.
pub(super) fn parse(arguments: Vec<OsString>) -> Result<Cli, Exit> {
    if let Some(command) = called(&arguments) {
        return Ok(Cli { command: Some(command), bare: BareArgs::default(), lang: None });
    }
    match command()
        .try_get_matches_from(arguments.clone())
        .and_then(|found| Cli::from_arg_matches(&found))
    {
        Ok(cli) => Ok(cli),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                if let Err(shown) = command_for_help().try_get_matches_from(arguments) {
                    let _ = shown.print();
                }
                Err(Exit::Clean)
            }
            _ => {
                explain(&error);
                Err(Exit::Failed)
            }
        },
    }
}

/// The commands that are called file by file, put together alone: all that the others take costs as much as reading a small
/// workbook. Whatever is not plainly such a call, help and mistakes too, is left to the whole command line.
fn called(arguments: &[OsString]) -> Option<Command> {
    fn alone<A: Args>(arguments: &[OsString], command: fn(A) -> Command) -> Option<Command> {
        let found = A::augment_args(clap::Command::new("gouji")).try_get_matches_from(arguments);
        A::from_arg_matches(&found.ok()?).ok().map(command)
    }
    let arguments = arguments.get(1..)?;
    match arguments.first()?.to_str()? {
        "check" => alone(arguments, Command::Check),
        "annotate" => alone(arguments, Command::Annotate),
        "evaluate" => alone(arguments, Command::Evaluate),
        #[cfg(all(feature = "parquet", feature = "serve"))]
        "convert-worker" => alone(arguments, Command::ConvertWorker),
        #[cfg(feature = "serve")]
        "page-worker" => alone(arguments, Command::PageWorker),
        #[cfg(feature = "serve")]
        "watch-worker" => alone(arguments, Command::WatchWorker),
        _ => None,
    }
}

/// Prints the help of the program as a whole.
pub(super) fn print_help() {
    let _ = command_for_help().print_help();
}

/// The command line with its headings in the language of this run.
pub(super) fn command() -> clap::Command {
    localize(Cli::command().styles(styles()))
}

/// The same, with `[OPTIONS]` in the usage lines in the language of this run: only for showing help.
fn command_for_help() -> clap::Command {
    let mut command = command();
    command.build();
    translate_usage(command)
}

fn translate_usage(mut command: clap::Command) -> clap::Command {
    let names: Vec<String> =
        command.get_subcommands().map(|child| child.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, translate_usage);
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let mut usage = usage.replace("[OPTIONS]", say("[选项]", "[OPTIONS]"));
    if command.get_version().is_some() {
        say(
            "gouji [选项] <文件或文件夹>...\n      gouji <命令> ...",
            "gouji [OPTIONS] <PATH>...\n       gouji <COMMAND> ...",
        )
        .clone_into(&mut usage);
    }
    command.override_usage(usage)
}

fn styles() -> Styles {
    Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold())
}

/// Headings, and the help of `--help` and `--version`, which clap writes in English.
fn localize(command: clap::Command) -> clap::Command {
    let names: Vec<String> =
        command.get_subcommands().map(|child| child.get_name().to_owned()).collect();
    let root = command.get_version().is_some();
    let template = say(
        "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}\n",
        "{about-with-newline}\nUsage: {usage}\n\n{all-args}{after-help}\n",
    );
    let mut command = command
        .help_template(template)
        .subcommand_help_heading(say("命令", "Commands"))
        .subcommand_value_name(say("命令", "COMMAND"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(
            clap::Arg::new("help")
                .short('h')
                .long("help")
                .action(clap::ArgAction::Help)
                .help(say("显示本帮助", "show this help"))
                .help_heading(say("选项", "Options")),
        )
        .mut_args(|argument| {
            let heading = if argument.is_positional() {
                say("对象", "Arguments")
            } else {
                say("选项", "Options")
            };
            match argument.get_help_heading() {
                Some(_) => argument,
                None => argument.help_heading(heading),
            }
        });
    if root {
        command = command.arg(
            clap::Arg::new("version")
                .short('V')
                .long("version")
                .action(clap::ArgAction::Version)
                .help(say("显示版本", "show the version"))
                .help_heading(say("选项", "Options")),
        );
    }
    for name in names {
        command = command.mut_subcommand(name, localize);
    }
    command
}

/// The commands that people may type.
pub(super) fn command_names() -> Vec<String> {
    let shown = |command: &&clap::Command| !command.is_hide_set();
    Cli::command().get_subcommands().filter(shown).map(|c| c.get_name().to_owned()).collect()
}

/// The one sentence for a slip of the keyboard, wherever it happens.
pub(super) fn did_you_mean(names: &[String]) -> String {
    let names = names.join(say("、", ", "));
    say(format!("提示：是不是 {names}？"), format!("hint: did you mean {names}?"))
}

/// Says what is wrong with the arguments, in the language of this run.
fn explain(error: &clap::Error) {
    let context = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(say("、", ", ")),
        _ => String::new(),
    };
    let (argument, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    let message = match error.kind() {
        ErrorKind::UnknownArgument => {
            say(format!("不认识的参数“{argument}”"), format!("unknown argument `{argument}`"))
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(ContextKind::InvalidSubcommand);
            say(format!("没有“{name}”这个命令"), format!("there is no command `{name}`"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if value.is_empty() => {
            say(format!("参数“{argument}”后面缺少内容"), format!("`{argument}` needs a value"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = context(ContextKind::ValidValue);
            let choice = if valid.is_empty() {
                String::new()
            } else {
                say(format!("，可用的是 {valid}"), format!(", use one of {valid}"))
            };
            say(
                format!("参数“{argument}”不能是“{value}”{choice}"),
                format!("`{argument}` cannot be `{value}`{choice}"),
            )
        }
        ErrorKind::MissingRequiredArgument => {
            say(format!("缺少：{argument}"), format!("missing: {argument}"))
        }
        ErrorKind::ArgumentConflict => {
            let prior = context(ContextKind::PriorArg);
            say(
                format!("“{argument}”不能与“{prior}”同用"),
                format!("`{argument}` cannot be used with `{prior}`"),
            )
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => say(
            format!("参数“{argument}”的个数不对"),
            format!("wrong number of values for `{argument}`"),
        ),
        _ => error.to_string(),
    };
    tell(&format!("{}{message}", say("错误：", "error: ")));
    let meant: Vec<String> =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
            .into_iter()
            .map(context)
            .filter(|name| !name.is_empty())
            .collect();
    if meant.is_empty() {
        tell(say("提示：运行 gouji --help 查看用法", "hint: see gouji --help"));
    } else {
        tell(&did_you_mean(&meant));
    }
}
