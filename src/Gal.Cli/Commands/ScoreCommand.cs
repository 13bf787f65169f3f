using System.ComponentModel;
using System.Text.Json;
using Gal.Cli.Errors;
using Gal.Cli.RunFiles;
using Gal.Cli.Services;
using Gal.Cli.Terminals;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Compares pictures with texts.</summary>
internal sealed class ScoreCommand(Terminal terminal) : AsyncCommand<ScoreCommand.Options>
{
    // Pictures in one request: far under the message limit for ordinary pictures.
    private const int BatchSize = 16;
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>The command's arguments.</summary>
    internal sealed class Options : CommandSettings
    {
        [CommandArgument(0, "<PICTURES>")]
        [Description("Picture files, or folders of them.")]
        public string[] Pictures { get; init; } = [];

        [CommandOption("-t|--text <TEXT>")]
        [Description("A text to compare with; may be given several times.")]
        public string[] Texts { get; init; } = [];

        [CommandOption("--model <MODEL>")]
        [Description("The model folder whose CLIP scores, or a name under models/. Default: emoji-sd.")]
        public string Model { get; init; } = "";

        [CommandOption("--connect <URL>")]
        [Description("Use a scoring service elsewhere (http://127.0.0.1:5103) instead of starting one.")]
        public string? Connect { get; init; }

        [CommandOption("--json")]
        [Description("One JSON object a line for each picture.")]
        public bool Json { get; init; }
    }

    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, Options options, CancellationToken cancellationToken)
    {
        if (options.Texts.Length == 0)
        {
            throw CliException.BadInput("There is no text to compare with. Give at least one: --text \"a cat\".");
        }
        var pictures = Read(options.Pictures);
        await using var service = await OneService.OpenAsync(ServiceKinds.Scoring, options.Connect, () => ModelFolders.Find(options.Model), cancellationToken);
        var rows = new List<(string Path, float[] Similarities)>();
        foreach (var batch in pictures.Chunk(BatchSize))
        {
            rows.AddRange(await ScoreAsync(service.Invoker, batch, options, isFirst: rows.Count == 0, cancellationToken));
        }
        Show(rows, options);
        return ExitCodes.Ok;
    }

    private static List<(string Path, byte[] Bytes)> Read(string[] paths)
    {
        var files = paths.SelectMany<string, string>(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal)
            : [path]).ToArray();
        var read = files.Select(file => (file, Result: PictureFile.Read(file))).ToArray();
        var problems = read.Select(picture => picture.Result.Problem).OfType<string>().ToArray();
        return (problems.Length, read.Length) switch
        {
            ( > 0, _) => throw CliException.BadInput(string.Join('\n', problems)),
            (_, 0) => throw CliException.BadInput($"There are no pictures ({string.Join(", ", Endings)}) in {string.Join(", ", paths)}."),
            _ => [.. read.Select(picture => (picture.file, picture.Result.Bytes))],
        };
    }

    private async Task<IEnumerable<(string, float[])>> ScoreAsync(CallInvoker invoker, (string Path, byte[] Bytes)[] pictures, Options options, bool isFirst, CancellationToken cancellationToken)
    {
        var request = new ScoreSimilarityRequest
        {
            Model = options.Connect is null ? "" : options.Model,
            Rows = new FeatureSource { Images = new ImageList { Images = { pictures.Select(picture => new V1.Image { Data = ByteString.CopyFrom(picture.Bytes) }) } } },
            Columns = new FeatureSource { Texts = new TextList { Texts = { options.Texts } } },
        };
        var response = await new ScoringService.ScoringServiceClient(invoker).ScoreSimilarityAsync(request, cancellationToken: cancellationToken);
        foreach (var warning in isFirst ? response.Warnings : [])
        {
            terminal.Warn(warning.Message);
        }
        return pictures.Select((picture, i) => (picture.Path, response.Similarities.Skip(i * response.ColumnCount).Take(response.ColumnCount).ToArray()));
    }

    private void Show(List<(string Path, float[] Similarities)> rows, Options options)
    {
        if (options.Json)
        {
            foreach (var (path, similarities) in rows)
            {
                terminal.Writer.WriteLine(JsonSerializer.Serialize(new { path, similarities = options.Texts.Zip(similarities, (text, similarity) => new { text, similarity }) }));
            }
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumn("picture");
        foreach (var text in options.Texts)
        {
            table.AddColumn(new TableColumn(Markup.Escape(text)).RightAligned());
        }
        foreach (var (path, similarities) in rows)
        {
            var best = similarities.Max();
            table.AddRow([new Text(path), .. similarities.Select(similarity => new Markup(similarity == best && similarities.Length > 1 ? $"[bold green]{similarity:F4}[/]" : $"{similarity:F4}"))]);
        }
        terminal.Out.Write(table);
    }
}
