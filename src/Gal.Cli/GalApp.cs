using Gal.Cli.Commands;
using Gal.Cli.Errors;
using Gal.Cli.Terminals;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Gal.Cli;

/// <summary>The program <c>gal</c>: its commands, and what becomes of their errors.</summary>
internal static class GalApp
{
    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code; see <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken)
    {
        var app = new CommandApp(new ServiceRegistrar(new ServiceCollection().AddSingleton(terminal)));
        app.Configure(configuration => Configure(configuration, terminal));
        return await app.RunAsync(args, cancellationToken);
    }

    private static void Configure(IConfigurator configuration, Terminal terminal)
    {
        configuration.SetApplicationName("gal");
        configuration.SetApplicationVersion(typeof(GalApp).Assembly.GetName().Version!.ToString(3));
        configuration.UseStrictParsing();
        configuration.ConfigureConsole(terminal.Out);
        configuration.SetExceptionHandler((exception, _) => Report(exception, terminal));
        AddRunCommands(configuration);
        AddServiceCommands(configuration);
    }

    private static void AddRunCommands(IConfigurator configuration)
    {
        configuration.AddCommand<RunCommand>("run")
            .WithDescription("Personalise a model as a run file says, and watch it learn.")
            .WithExample("run", "samples/watercolor.yaml")
            .WithExample("run", "samples/cat.yaml", "--rounds", "2", "--out", "out/cat", "--set", "training.step_count=80")
            .WithExample("run", "samples/watercolor.yaml", "--connect", "http://127.0.0.1:5100", "--json");
        configuration.AddCommand<ResumeCommand>("resume")
            .WithDescription("Go on with a run that was stopped, killed or failed.")
            .WithExample("resume", "out/watercolor-20260101-120000");
        configuration.AddCommand<StatusCommand>("status")
            .WithDescription("Say how a run stands, or list a coordinator's runs.")
            .WithExample("status", "out/watercolor-20260101-120000")
            .WithExample("status", "--connect", "http://127.0.0.1:5100");
        configuration.AddCommand<WatchCommand>("watch")
            .WithDescription("Watch a run that goes on in another process or on another machine. Ctrl-C stops watching, not the run.")
            .WithExample("watch", "out/watercolor-20260101-120000")
            .WithExample("watch", "runs/3f2a", "--connect", "http://127.0.0.1:5100", "--json");
        configuration.AddCommand<CancelCommand>("cancel")
            .WithDescription("Stop a run within one step; what it did is kept.")
            .WithExample("cancel", "out/watercolor-20260101-120000");
        configuration.AddCommand<EvaluateCommand>("evaluate")
            .WithDescription("Measure a round's checkpoint again: other prompts, more images, other seeds.")
            .WithExample("evaluate", "out/watercolor-20260101-120000", "--round", "2", "--images-per-prompt", "8")
            .WithExample("evaluate", "out/cat", "--prompt", "\"a zq cat on the moon\"", "--json");
        configuration.AddCommand<CompareCommand>("compare")
            .WithDescription("Run several strategies with several seeds and compare them in a table.")
            .WithExample("compare", "samples/watercolor.yaml", "--strategies", "dreambooth,random,uncertainty,uncertainty+balance", "--seeds", "3");
    }

    private static void AddServiceCommands(IConfigurator configuration)
    {
        configuration.AddCommand<GenerateCommand>("generate")
            .WithDescription("Sample images along prompts, from the pretrained model or a fine-tuned one.")
            .WithExample("generate", "\"a cat in a forest\"", "\"a bus in watercolor painting style\"", "--count", "4", "--guidance", "4")
            .WithExample("generate", "--prompts", "prompts.txt", "--checkpoint", "out/watercolor-20260101-120000", "--seed", "7")
            .WithExample("generate", "\"a cat\"", "--model", "/data/models/stable-diffusion-v1-5", "--lora", "ink.safetensors:0.7", "--lora", "light.safetensors", "--scheduler", "euler_ancestral")
            .WithExample("generate", "\"a photo of <cat-toy>\"", "--embedding", "learned_embeds.safetensors", "--scheduler", "ddim", "--eta", "0.5")
            .WithExample("generate", "\"a cat on a beach\"", "--ip-adapter", "ip-adapter_sd15.safetensors", "--image-prompt", "cat.png", "--image-encoder", "image_encoder", "--ip-adapter-scale", "0.6");
        configuration.AddCommand<ScoreCommand>("score")
            .WithDescription("Compare pictures with texts: cosine similarities of CLIP features.")
            .WithExample("score", "cat.png", "dog.jpg", "--text", "\"a cat\"", "--text", "\"a dog\"")
            .WithExample("score", "out/cat/rounds/1/evaluation", "--text", "\"a cat\"", "--json");
        configuration.AddCommand<ConvertCommand>("convert")
            .WithDescription("Write a model, a LoRA or an embedding in the form that another tool reads.")
            .WithExample("convert", "v1-5-pruned-emaonly.safetensors", "stable-diffusion-v1-5")
            .WithExample("convert", "out/watercolor-20260101-120000", "watercolor.safetensors", "--type", "float16")
            .WithExample("convert", "stable-diffusion-v1-5", "inked.safetensors", "--lora", "ink.safetensors:0.7")
            .WithExample("convert", "ink.safetensors", "ink-diffusers.safetensors", "--to", "diffusers")
            .WithExample("convert", "cat-toy.safetensors", "learned_embeds.safetensors", "--to", "diffusers", "--word", "\"<cat-toy>\"");
        configuration.AddCommand<ServeCommand>("serve")
            .WithDescription("Run one service or all four until Ctrl-C.")
            .WithExample("serve")
            .WithExample("serve", "scoring", "--port", "6100")
            .WithExample("serve", "coordinator", "--scoring", "http://10.0.0.7:5103");
        configuration.AddCommand<DoctorCommand>("doctor")
            .WithDescription("Say what this machine has, what is wrong, and what to do.")
            .WithExample("doctor")
            .WithExample("doctor", "--model", "/data/models/stable-diffusion-v1-5")
            .WithExample("doctor", "--random-model", "sd15", "/tmp/random-sd15", "--weights", "float32");
    }

    private static int Report(Exception exception, Terminal terminal)
    {
        if (Environment.GetEnvironmentVariable("GAL_DEBUG") == "1")
        {
            terminal.Error.WriteException(exception);
        }
        var report = ErrorReport.Of(exception);
        var head = report.ExitCode == ExitCodes.Cancelled ? "" : "[red]Error:[/] ";
        terminal.Error.MarkupLine(head + string.Join('\n', report.Lines.Select(Markup.Escape)));
        return report.ExitCode;
    }
}
