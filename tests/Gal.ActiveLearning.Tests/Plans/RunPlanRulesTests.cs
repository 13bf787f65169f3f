using Gal.ActiveLearning.Plans;
using Gal.ActiveLearning.Selection;

namespace Gal.ActiveLearning.Tests.Plans;

public sealed class RunPlanRulesTests
{
    [Fact]
    public void Check_SoundPlan_HasNothingToSay() => Assert.Empty(RunPlanRules.Check(TestRuns.Plan()));

    [Fact]
    public void Check_SeveralDefects_AreNamedAllAtOnce()
    {
        var plan = TestRuns.Plan() with
        {
            AnchorsPerRound = 20,
            ImagesPerAnchor = 0,
            OpennessFactor = -0.1,
            Training = new TrainingPlan { LearningRate = double.NaN, MaxGradientNorm = double.PositiveInfinity },
            Seed = -1,
        };
        Assert.Equal(
            [
                "active_learning.images_per_anchor is 0; it must be at least 1.",
                "active_learning.openness_factor is -0.1; it must lie in [0, 1].",
                "active_learning.anchors_per_round is 20; it must be at most 6, the number of anchors.",
                "training.learning_rate is NaN; it must lie in (0, 1).",
                "training.max_gradient_norm is Infinity; it must be finite and above 0.",
                "seed is -1; it must lie in [0, 2147483647].",
            ],
            RunPlanRules.Check(plan).Select(v => v.ToString()));
    }

    [Fact]
    public void Check_EmptySubject_NamesEveryList()
    {
        var plan = TestRuns.Plan();
        var violations = RunPlanRules.Check(plan with { Subject = plan.Subject with { Anchors = [], References = [], NonSoiTexts = [] } });
        Assert.Equal(["subject.references", "subject.non_soi_texts", "subject.anchors"], violations.Select(v => v.Field));
    }

    [Fact]
    public void Check_BlankAndRepeatedAnchors_AreNamedByPlace()
    {
        var plan = TestRuns.Plan();
        var violations = RunPlanRules.Check(plan with { Subject = plan.Subject with { Anchors = ["a tie", " ", "a drum", "a tie"] } });
        Assert.Equal(["subject.anchors[1]", "subject.anchors[3]"], violations.Select(v => v.Field));
    }

    [Fact]
    public void Check_LongRepeatedAnchor_IsNotRepeatedWhole()
    {
        var plan = TestRuns.Plan();
        var anchor = new string('x', 20_000);
        Assert.True(Assert.Single(RunPlanRules.Check(plan with { Subject = plan.Subject with { Anchors = [anchor, "a tie", anchor] } })).ToString().Length < 250);
    }

    [Fact]
    public void Check_OneImageAnAnchor_IsUselessForUncertaintyAlone()
    {
        Assert.Single(RunPlanRules.Check(TestRuns.Plan() with { ImagesPerAnchor = 1 }));
        Assert.Empty(RunPlanRules.Check(TestRuns.Plan() with { ImagesPerAnchor = 1, Strategy = SelectionStrategy.Random }));
    }

    [Fact]
    public void Check_NegativePriorWeightAndClassCount_AreNamed()
    {
        var violations = RunPlanRules.Check(TestRuns.Plan() with { PriorPreservation = new PriorPreservationPlan { ClassPrompt = "", ClassImageCount = 0, LossWeight = -1 } });
        Assert.Equal(["prior_preservation.class_prompt", "prior_preservation.class_image_count", "prior_preservation.prior_loss_weight"], violations.Select(v => v.Field));
    }

    [Theory]
    [InlineData(0, 0, 10, 0, 0)]
    [InlineData(7, 0, 10, 3, 7_000_024)]
    [InlineData(7, 2, 10, 3, 7_000_044)]
    public void OfAnchor_Image_HasItsOwnSeed(long runSeed, int anchor, int perAnchor, int image, long expected) =>
        Assert.Equal(expected, ImageSeeds.OfAnchor(runSeed, anchor, perAnchor, image));
}
