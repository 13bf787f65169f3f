using System.Text.Json;
using Gal.ActiveLearning.Directions;
using Gal.ActiveLearning.Evaluation;
using Gal.Imaging;
using Gal.Tests;
using Gal.V1;
using Google.Protobuf.WellKnownTypes;

namespace Gal.Reporting.Tests;

/// <summary>The reference loop's run on the watercolor task (golden/emoji-run) as this project would record it; what the reference did not keep (pictures, single similarities, losses between first and last) is made up.</summary>
internal static class EmojiRun
{
    private const int ImagesPerAnchor = 10;
    private const int ImagesPerPrompt = 4;
    private static readonly string[] Things = ["necktie", "chair", "broccoli", "wrapped gift", "candy", "television", "drum", "mobile phone", "bottle with popping cork", "glass of milk", "magnet", "koala", "teddy bear", "skateboard", "red apple", "castle", "umbrella", "banana"];
    private static readonly string[] Others = ["airplane", "bus", "hamburger", "bicycle", "penguin", "mushroom", "pineapple", "grapes", "tiger", "snail", "cactus", "sunflower", "watermelon", "octopus", "pig", "camera", "rose", "whale", "crown", "train"];

    /// <summary>The run.</summary>
    public static Run Load()
    {
        using var report = JsonDocument.Parse(File.ReadAllText(Repository.Golden("emoji-run", "report-watercolor-uncertainty-balance-avx512.json")));
        var run = new Run
        {
            Name = "runs/emoji",
            State = JobState.Succeeded,
            StopReason = StopReason.MaxRounds,
            Settings = Settings(),
            Devices = { new Device { Name = "cpu", Model = "AMD EPYC", InstructionSet = "avx512f", ThreadCount = 2 } },
        };
        foreach (var round in report.RootElement.GetProperty("rounds").EnumerateArray())
        {
            run.Rounds.Add(ReadRound(round, run));
        }

        run.WorkTimes.AddRange(run.Rounds.SelectMany(r => r.WorkTimes));
        return run;
    }

    /// <summary>A picture for any artifact: a blob on a ground, in colours that follow from the name.</summary>
    public static Task<byte[]> Picture(string artifact, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var random = new Random(artifact.Aggregate(17, (h, c) => unchecked((h * 31) + c)));
        byte[] Colour() => [(byte)random.Next(90, 255), (byte)random.Next(90, 255), (byte)random.Next(90, 255)];
        var (ground, blob, cx, cy) = (Colour(), Colour(), random.Next(20, 44), random.Next(20, 44));
        var pixels = Enumerable.Range(0, 64 * 64).SelectMany(i => ((i % 64) - cx) * ((i % 64) - cx) + (((i / 64) - cy) * ((i / 64) - cy)) < 300 ? blob : ground).ToArray();
        return Task.FromResult(PngEncoder.Encode(new RgbImage(64, 64, pixels)));
    }

    private static RunSettings Settings() => new()
    {
        DisplayName = "watercolor",
        Subject = new Subject
        {
            Mode = SubjectMode.Style,
            SubjectText = "in watercolor painting style",
            References = { new Reference { Image = Image("reference"), Prompt = "a cat in watercolor painting style" } },
            NonSoiTexts = { "a cat in watercolor painting style" },
            Anchors = { Things.Select(t => $"a {t} in watercolor painting style") },
        },
        ActiveLearning = new ActiveLearningSettings { Strategy = Strategy.Uncertainty, Balance = true, MaxRoundCount = 4, ImagesPerAnchor = ImagesPerAnchor, AnchorsPerRound = 3, OpennessFactor = 0.005 },
        Training = new TrainingSettings { Method = TrainingMethod.Dreambooth, StepCount = 150, BatchSize = 1, LearningRate = 2e-4, WeightDecay = 0.01, MaxGradientNorm = 1 },
        Sampling = new SamplingSettings { Scheduler = Scheduler.DpmSolverPp2M, InferenceStepCount = 15, GuidanceScale = 4 },
        Evaluation = new EvaluationSettings { Prompts = { Others.Select(t => $"a {t} in watercolor painting style") }, ImagesPerPrompt = ImagesPerPrompt, Seed = 8888 },
    };

    private static Round ReadRound(JsonElement golden, Run run)
    {
        var number = golden.GetProperty("round").GetInt32();
        var round = new Round { Number = number, Checkpoint = Image($"checkpoint {number}").Artifact };
        round.Samples.Add(new RoundSample { Image = Image("reference"), Prompt = "a cat in watercolor painting style", LossWeight = 1, IsReference = true, UseCount = 150 / golden.GetProperty("samples").GetInt32() });
        round.Samples.AddRange(run.Rounds.SelectMany(r => r.Selections).Select(s => new RoundSample { Image = s.Image, Prompt = run.Settings.Subject.Anchors[s.AnchorIndex], LossWeight = s.LossWeight, UseCount = 150 / golden.GetProperty("samples").GetInt32() }));
        round.Losses.AddRange(Losses(number, golden.GetProperty("lossFirst").GetDouble(), golden.GetProperty("lossLast").GetDouble()));
        round.Evaluation = Evaluate(golden, number, run.Settings);
        if (golden.TryGetProperty("pool", out _))
        {
            ReadAnchors(golden, round);
        }

        round.WorkTimes.Add(Work(WorkKind.Training, golden.GetProperty("trainSeconds").GetDouble(), 150));
        round.WorkTimes.Add(Work(WorkKind.Denoising, golden.TryGetProperty("sampleSeconds", out var seconds) ? seconds.GetDouble() * 0.8 : 10, (round.Anchors.Count * 10) + 80));
        round.WorkTimes.Add(Work(WorkKind.Decoding, 3.1, (round.Anchors.Count * 10) + 80));
        round.WorkTimes.Add(Work(WorkKind.Scoring, 1.2, (round.Anchors.Count * 10) + 80));
        return round;
    }

    private static void ReadAnchors(JsonElement golden, Round round)
    {
        var flags = golden.GetProperty("pool").EnumerateArray().Zip(golden.GetProperty("overfit").EnumerateArray(), (a, c) => (Anchor: a.GetInt32(), Count: c.GetInt32())).ToArray();
        var judgement = RoundJudgement.Of([.. flags.Select(f => Scores(f.Anchor, f.Count, round.Number))], 0.005);
        round.Anchors.AddRange(judgement.Directions.Select(d => new AnchorResult
        {
            AnchorIndex = d.AnchorIndex,
            Images = { Enumerable.Range(0, ImagesPerAnchor).Select(j => Image($"round {round.Number} anchor {d.AnchorIndex} image {j}")) },
            PromptSimilarities = { d.Scores.PromptSimilarities },
            NonSoiSimilarities = { d.Scores.NonSoiSimilarities },
            OverfitFlags = { d.OverfitFlags },
            OverfitCount = d.OverfitCount,
            Uncertainty = d.Uncertainty,
        }));
        round.Openness = judgement.Openness;
        round.Ranking.AddRange(judgement.Ranking);
        round.Selections.AddRange(golden.GetProperty("chosen").EnumerateArray().Select(c => (Anchor: c.GetProperty("anchor").GetInt32(), Index: c.GetProperty("image").GetInt32()))
            .Select(c => new SelectedImage { AnchorIndex = c.Anchor, ImageIndex = c.Index, Image = Image($"round {round.Number} anchor {c.Anchor} image {c.Index}"), LossWeight = judgement.Openness }));
    }

    private static DirectionScores Scores(int anchor, int overfitCount, int round)
    {
        var random = new Random((round * 100) + anchor);
        var flags = Enumerable.Range(0, ImagesPerAnchor).OrderBy(_ => random.Next()).Select((j, rank) => (j, Over: rank < overfitCount)).OrderBy(f => f.j).Select(f => f.Over).ToArray();
        return new DirectionScores(anchor, [.. flags.Select(_ => 0.4f + (0.1f * random.NextSingle()))], [.. flags.Select(f => f ? 0.55f : 0.35f)]);
    }

    private static Evaluation Evaluate(JsonElement golden, int number, RunSettings settings)
    {
        var count = settings.Evaluation.Prompts.Count * ImagesPerPrompt;
        var (txt, img, ovf) = (golden.GetProperty("txtAln").GetSingle(), golden.GetProperty("imgAln").GetSingle(), golden.GetProperty("ovf").GetDouble());
        var random = new Random(number);
        var over = Enumerable.Range(0, count).OrderBy(_ => random.Next()).Take((int)Math.Round(ovf * count)).ToHashSet();
        var images = Enumerable.Range(0, count).Select(i => new EvaluatedImage(i / ImagesPerPrompt, Image($"evaluation {number} {i}").Artifact, 8888 + (i % ImagesPerPrompt), txt + (0.1f * (random.NextSingle() - 0.5f)), over.Contains(i) ? 1 : 0, img + (0.1f * (random.NextSingle() - 0.5f)))).ToArray();
        var evaluation = CheckpointEvaluation.Of(images, 8888);
        return new Evaluation
        {
            TextAlignment = ToProto(evaluation.TextAlignment),
            ImageAlignment = ToProto(evaluation.ImageAlignment),
            OverfitRate = ToProto(evaluation.OverfitRate),
            ImageCount = count,
            Images = { images.Select(i => new EvaluationImage { PromptIndex = i.PromptIndex, Image = new Image { Artifact = i.Image }, Seed = i.Seed, PromptSimilarity = i.PromptSimilarity, CaptionSimilarity = i.CaptionSimilarity, ReferenceSimilarity = i.ReferenceSimilarity, Overfit = i.IsOverfitted }) },
        };
    }

    private static IEnumerable<double> Losses(int seed, double first, double last)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, 150).Select(i => i == 0 ? first : i == 149 ? last : 0.06 * Math.Exp(-i / 40.0) * Math.Exp(2 * (random.NextDouble() - 0.5)) + 0.003);
    }

    private static V1.Metric ToProto(ActiveLearning.Evaluation.Metric metric) => new() { Mean = metric.Mean, Lower = metric.Lower, Upper = metric.Upper };

    private static WorkTime Work(WorkKind kind, double seconds, long units) => new() { Kind = kind, Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)), UnitCount = units };

    private static Image Image(string content) => new() { Artifact = "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content))) };
}
