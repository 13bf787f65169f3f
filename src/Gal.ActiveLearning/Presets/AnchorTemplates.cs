using Gal.ActiveLearning.Subjects;

namespace Gal.ActiveLearning.Presets;

/// <summary>The published anchor prompts; "{}" is where the subject's words go.</summary>
internal static class AnchorTemplates
{
    // Table 5.
    private static readonly string[] PaperObject =
    [
        "{} in park", "{} near a pool", "{} on street",
        "{} in a forest", "{} in a kitchen", "{} on the beach",
        "{} in a restaurant", "{} on snowy ground", "{} on the moon",
        "{} in desert", "{} in library", "{} under the night sky",
        "{} in front of the castle", "{} on the bridge", "{} next to waterfall",
        "{} in the cave", "{} at a concert venue", "{} on a balcony",
    ];

    // Table 6.
    private static readonly string[] PaperStyle =
    [
        "A tie {}", "A table {}", "A broccoli {}",
        "A box {}", "Candy {}", "A billboard {}",
        "A drum {}", "A cell phone {}", "An empty bottle {}",
        "A glass {}", "A golden key {}", "A koala {}",
        "A toy {}", "A skateboard {}", "An apple on the table {}",
        "A bridge {}", "Beach scene {}", "A banana on the table {}",
    ];

    // The authors' code.
    private static readonly string[] AuthorsObject =
    [
        "{} in a workshop", "{} in a museum", "{} on a plane",
        "{} on a boat", "{} in a laboratory", "{} at an aquarium",
        "{} on a subway", "{} in a pet store", "{} at a cafe",
        "{} in a gym", "{} at a bus stop", "{} in a garden",
        "{} at a train station", "{} in a junkyard", "{} in an alleyway",
        "{} in a schoolyard", "{} in a bank", "{} under a tree",
    ];

    // The authors' code.
    private static readonly string[] AuthorsStyle =
    [
        "A tie {}", "candy {}", "A drum {}",
        "A koala {}", "Beach scene {}", "A shoe {}",
        "A pencil {}", "A kite {}", "A cheese {}",
        "A backpack {}", "A donut {}", "A leaf {}",
        "Moon {}", "A jacket {}", "A parrot {}",
        "A lantern {}", "A cluster of grapes {}", "A knife {}",
    ];

    public static IReadOnlyList<string> Of(PresetName name, SubjectMode mode) => (name, mode) switch
    {
        (PresetName.Paper, SubjectMode.Object) => PaperObject,
        (PresetName.Paper, SubjectMode.Style) => PaperStyle,
        (PresetName.Authors, SubjectMode.Object) => AuthorsObject,
        (PresetName.Authors, SubjectMode.Style) => AuthorsStyle,
        _ => throw new ArgumentOutOfRangeException(nameof(name), (name, mode), "There is no such preset."),
    };
}
