using Gal.Reporting.Markup;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Reporting.Sections;

/// <summary>What was asked for, and on what it ran.</summary>
internal static class SettingsSection
{
    private static readonly JsonFormatter Indented = new(JsonFormatter.Settings.Default.WithIndentation());

    public static Html Draw(Run run)
    {
        var s = run.Settings;
        return Html.Of($"""
            <section><h2>Settings</h2><div class="settings">
            {Group("Method", [
                ("Strategy", Words.Strategy(s.ActiveLearning)), ("Rounds at most (R)", $"{s.ActiveLearning?.MaxRoundCount}"), ("Images an anchor (N)", $"{s.ActiveLearning?.ImagesPerAnchor}"),
                ("Anchors a round (k)", $"{s.ActiveLearning?.AnchorsPerRound}"), ("Openness factor (λ)", $"{s.ActiveLearning?.OpennessFactor}"), ("Seed", $"{s.Seed}")])}
            {Group("Training, each round", [
                ("Method", Method(s.Training)), ("Steps", $"{s.Training?.StepCount}"), ("Batch", $"{s.Training?.BatchSize}"), ("Learning rate", $"{s.Training?.LearningRate}"),
                ("Weight decay", $"{s.Training?.WeightDecay}"), ("Gradient norm at most", $"{s.Training?.MaxGradientNorm}"), ("Prior preservation", Prior(s.PriorPreservation))])}
            {Group("Sampling", [
                ("Scheduler", Scheduler(s.Sampling)), ("Denoising steps", $"{s.Sampling?.InferenceStepCount}"), ("Guidance", $"{s.Sampling?.GuidanceScale}"),
                ("Size", s.Sampling is { Width: > 0 } p ? $"{p.Width} × {p.Height}" : "the model's own"), ("Number format", Dtype(s.Sampling))])}
            {Group("Evaluation and models", [
                ("Prompts", $"{s.Evaluation?.Prompts.Count ?? 0}"), ("Images a prompt (M)", $"{s.Evaluation?.ImagesPerPrompt}"), ("First seed", $"{s.Evaluation?.Seed}"),
                ("Model", s.Model.Length > 0 ? s.Model : "the services' default"), ("Scoring model", s.ScoringModel.Length > 0 ? s.ScoringModel : "the service's default"),
                .. run.Devices.Select(d => ("Device", $"{d.Name}: {d.Model}, {d.InstructionSet}, {d.ThreadCount} threads")).Distinct()])}
            </div>
            <details><summary>All {s.Subject.Anchors.Count} anchor prompts</summary><ol class="prompts" start="0">{s.Subject.Anchors.Select(a => Html.Of($"""<li class="text">{a}</li>"""))}</ol></details>
            <details><summary>Everything, as in record.json</summary><pre class="text">{Indented.Format(s)}</pre></details>
            </section>
            """);
    }

    private static Html Group(string title, IEnumerable<(string Name, string Value)> settings) => Html.Of($"""
        <div><h3>{title}</h3><dl>{settings.Where(s => s.Value.Length > 0).Select(s => Html.Of($"""<dt>{s.Name}</dt><dd class="text">{s.Value}</dd>"""))}</dl></div>
        """);

    private static string Method(TrainingSettings? training) => training?.Method switch
    {
        TrainingMethod.Lora => $"LoRA, rank {training.Lora?.Rank}, alpha {training.Lora?.Alpha}",
        TrainingMethod.TextualInversion => $"Textual Inversion of “{training.LearnedWord?.Token}”, {training.LearnedWord?.VectorCount} vectors",
        TrainingMethod.CustomDiffusion => training.LearnedWord is { } word ? $"Custom Diffusion with “{word.Token}”" : "Custom Diffusion",
        _ => "DreamBooth",
    };

    private static string Prior(PriorPreservationSettings? prior) => prior is null ? "none" : $"{prior.ClassImageCount} images of “{prior.ClassPrompt}”, weight {(prior.HasPriorLossWeight ? prior.PriorLossWeight : 1)}";

    private static string Scheduler(SamplingSettings? sampling) => sampling?.Scheduler switch
    {
        null or V1.Scheduler.Unspecified or V1.Scheduler.DpmSolverPp2M => "DPM-Solver++ 2M",
        V1.Scheduler.Ddpm => "DDPM",
        V1.Scheduler.Ddim => sampling.HasEta ? $"DDIM, η {sampling.Eta}" : "DDIM",
        V1.Scheduler.Pndm => "PNDM",
        V1.Scheduler.DpmSolverPp2MKarras => "DPM-Solver++ 2M, Karras",
        V1.Scheduler.Euler => "Euler",
        V1.Scheduler.EulerAncestral => "Euler ancestral",
        V1.Scheduler.UniPc => "UniPC",
        var other => $"{other}",
    };

    private static string Dtype(SamplingSettings? sampling) => sampling?.Dtype switch
    {
        V1.Dtype.Bfloat16 => "bfloat16",
        V1.Dtype.Float16 => "float16",
        _ => "float32",
    };
}
