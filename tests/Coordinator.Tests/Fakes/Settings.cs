using Gal.Imaging;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>Settings of small runs.</summary>
internal static class Settings
{
    private static readonly byte[] Picture = PngEncoder.Encode(new RgbImage(16, 16, new byte[16 * 16 * 3]));

    /// <summary>A picture that can be learned from.</summary>
    public static ByteString PictureBytes { get; } = ByteString.CopyFrom(Picture);

    /// <summary>A style with one reference.</summary>
    public static RunSettings Style(int anchorCount = 7, int rounds = 3, int imagesPerAnchor = 6, int anchorsPerRound = 2, Strategy strategy = Strategy.Uncertainty, int promptCount = 2) => new()
    {
        Subject = new Subject
        {
            Mode = SubjectMode.Style,
            SubjectText = "in oil",
            References = { new Reference { Image = new Image { Data = PictureBytes }, Prompt = "a cat in oil" } },
            NonSoiTexts = { "a cat in oil" },
            Anchors = { Enumerable.Range(0, anchorCount).Select(i => $"thing {i} in oil") },
        },
        ActiveLearning = new ActiveLearningSettings { MaxRoundCount = rounds, ImagesPerAnchor = imagesPerAnchor, AnchorsPerRound = anchorsPerRound, Strategy = strategy },
        Training = new TrainingSettings { StepCount = 3 },
        Sampling = new SamplingSettings { InferenceStepCount = 2 },
        Evaluation = new EvaluationSettings { Prompts = { Enumerable.Range(0, promptCount).Select(i => $"view {i} in oil") }, ImagesPerPrompt = 3 },
        Seed = 5,
    };

    /// <summary>An object with an identifier and class pictures.</summary>
    public static RunSettings Object()
    {
        var settings = Style();
        settings.Subject = new Subject
        {
            Mode = SubjectMode.Object,
            SubjectText = "a zq cat",
            Identifier = "zq",
            References = { new Reference { Image = new Image { Data = PictureBytes }, Prompt = "a zq cat on the stairs" } },
            NonSoiTexts = { "a cat on the stairs" },
            Anchors = { Enumerable.Range(0, 7).Select(i => $"a zq cat at place {i}") },
        };
        settings.PriorPreservation = new PriorPreservationSettings { ClassPrompt = "a cat", ClassImageCount = 4 };
        return settings;
    }
}
