using Gal.Cli.Commands;
using Gal.Cli.Errors;
using Gal.V1;

namespace Gal.Cli.Tests.Commands;

public sealed class StrategyChoiceTests
{
    [Fact]
    public void ParseAll_WithAndWithoutBalance_ReadsBoth() => Assert.Equal(
        [new("random", Strategy.Random, false), new("uncertainty+balance", Strategy.Uncertainty, true)],
        StrategyChoice.ParseAll("random, uncertainty+balance"));

    [Fact]
    public void ParseAll_Twice_IsRefused() => Assert.Contains("twice", Assert.Throws<CliException>(() => StrategyChoice.ParseAll("random,random")).Message);

    [Fact]
    public void Apply_Choice_ChangesNothingElse()
    {
        var settings = new RunSettings { DisplayName = "x", Seed = 3, ActiveLearning = new ActiveLearningSettings { MaxRoundCount = 2 } };

        var changed = new StrategyChoice("random", Strategy.Random, false).Apply(settings, 4);

        Assert.Equal((4L, Strategy.Random, false, 2), (changed.Seed, changed.ActiveLearning.Strategy, changed.ActiveLearning.Balance, changed.ActiveLearning.MaxRoundCount));
        Assert.Equal(3, settings.Seed);
    }
}
