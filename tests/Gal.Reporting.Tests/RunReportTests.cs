using System.Xml.Linq;
using Gal.V1;

namespace Gal.Reporting.Tests;

public sealed class RunReportTests
{
    [Fact]
    public async Task ToHtml_ReferenceRun_MarksEveryOverfittedAndChosenImage()
    {
        var run = EmojiRun.Load();
        var page = await Page(run);
        var overfitted = run.Rounds.Sum(r => r.Anchors.Sum(a => a.OverfitCount) + r.Evaluation.Images.Count(i => i.Overfit));
        Assert.Equal(overfitted, Pictures(page).Count(p => Has(p, "over")));
        Assert.Equal(9, Pictures(page).Count(p => Has(p, "chosen")));
        Assert.Equal(3, Pictures(page).Count(p => p.Value == "w 0.00249"));
        Assert.Equal(450 + 320, Pictures(page).Count());
    }

    [Fact]
    public async Task ToHtml_ReferenceRun_HasChartsTablesAndTheStopReason()
    {
        var page = await Page(EmojiRun.Load());
        Assert.Equal(3 + 4, page.Descendants("svg").Count());
        Assert.Contains("The last of 4 rounds was trained.", page.Root!.Value, StringComparison.Ordinal);
        Assert.Equal(4, page.Descendants("table").Single(t => Has(t, "metrics")).Element("tbody")!.Elements("tr").Count());
        Assert.Equal(4, page.Descendants("section").Count(s => Has(s, "round")));
        Assert.Equal(18 + 15 + 12, page.Descendants("table").Where(t => Has(t, "anchors")).Sum(t => t.Element("tbody")!.Elements("tr").Count()));
    }

    [Fact]
    public async Task ToHtml_AnyRun_NeedsNothingElseAndRunsNothing()
    {
        var page = await Page(EmojiRun.Load());
        Assert.Empty(page.Descendants("script"));
        Assert.Empty(page.Descendants("link"));
        Assert.All(page.Descendants("img"), i => Assert.StartsWith("data:image/webp;base64,", i.Attribute("src")!.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page.Descendants("style").Single().Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("</style><script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("' onmouseover='alert(1)")]
    [InlineData("]]>&amp;&lt; ../../etc/passwd \u202E abc 🐈 \r\n line")]
    public async Task ToHtml_HostilePrompts_AreTextEverywhere(string hostile)
    {
        var run = EmojiRun.Load();
        run.Settings.DisplayName = hostile;
        run.Settings.Model = hostile;
        run.Settings.Subject.SubjectText = hostile;
        run.Settings.Subject.References[0].Prompt = hostile;
        run.Settings.Subject.NonSoiTexts[0] = hostile;
        run.Settings.Subject.Anchors[0] = hostile;
        run.Settings.Evaluation.Prompts[0] = hostile;
        run.Rounds[0].Samples[0].Prompt = hostile;
        run.Warnings.Add(new Warning { Message = hostile });
        run.Devices[0].Model = hostile;
        var page = await Page(run);
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Equal(hostile.ReplaceLineEndings("\n").Trim(), page.Descendants("h1").Single().Value.ReplaceLineEndings("\n").Trim());
    }

    [Fact]
    public async Task ToHtml_PromptOfTenThousandCharacters_IsShownOncePerPlaceAndClamped()
    {
        var run = EmojiRun.Load();
        run.Settings.Subject.Anchors[3] = new string('x', 10_000);
        var page = await Page(run);
        Assert.All(page.Descendants("div").Where(d => d.Value.EndsWith(run.Settings.Subject.Anchors[3], StringComparison.Ordinal) && !d.Elements().Any(e => e.Name != "span")), d => Assert.True(Has(d, "clamp")));
    }

    [Fact]
    public async Task ToHtml_RunThatHardlyBegan_IsStillAPage()
    {
        var run = EmojiRun.Load();
        run.Rounds.Clear();
        run.WorkTimes.Clear();
        run.StopReason = StopReason.Unspecified;
        run.State = JobState.Failed;
        run.Error = new Google.Rpc.Status { Message = "the disk is full" };
        var page = await Page(run);
        Assert.Contains("It failed: the disk is full", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("Nothing was measured", page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToHtml_RoundCutInTheMiddle_ShowsWhatThereIs()
    {
        var run = EmojiRun.Load();
        while (run.Rounds.Count > 1)
        {
            run.Rounds.RemoveAt(1);
        }

        var round = run.Rounds[0];
        (round.Evaluation, round.Openness) = (null, 0);
        round.Ranking.Clear();
        round.Selections.Clear();
        foreach (var anchor in round.Anchors)
        {
            anchor.OverfitFlags.Clear();
            anchor.PromptSimilarities.Clear();
            anchor.NonSoiSimilarities.Clear();
        }

        run.State = JobState.Cancelled;
        run.StopReason = StopReason.Unspecified;
        var page = await Page(run);
        Assert.Equal(180, Pictures(page).Count());
        Assert.Contains("It was cancelled", page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_Run_LeavesReportAndRecord()
    {
        var folder = Directory.CreateTempSubdirectory("gal-report-").FullName;
        try
        {
            await RunReport.WriteAsync(EmojiRun.Load(), EmojiRun.Picture, new RunAccount(TimeSpan.FromMinutes(3), EmojiRun.Load().WorkTimes, new Dictionary<int, long> { [1] = 2_000_000_000 }), folder, default);
            Assert.Equal(["record.json", "report.html"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
            Assert.Contains("3:00 in all; peak resident memory 2.00 GB", await File.ReadAllTextAsync(Path.Combine(folder, "report.html")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<XDocument> Page(Run run) => XDocument.Parse(await RunReport.ToHtmlAsync(run, EmojiRun.Picture, null, default), LoadOptions.PreserveWhitespace);

    private static IEnumerable<XElement> Pictures(XDocument page) => page.Descendants("span").Where(s => Has(s, "pic") && !Has(s, "key"));

    private static bool Has(XElement element, string name) => (element.Attribute("class")?.Value.Split(' ') ?? []).Contains(name);
}
