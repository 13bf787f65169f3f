using System.Text.Json;

namespace Gal.Diffusion.Tokenization;

/// <summary>CLIP's byte-pair tokenizer, equal to Hugging Face's CLIPTokenizer. Weights in prompts, as in "(cat:1.3)", are plain text.</summary>
/// <remarks>Safe for several threads at once.</remarks>
public sealed class ClipTokenizer
{
    private const string StartToken = "<|startoftext|>";
    private const string EndToken = "<|endoftext|>";

    private readonly BytePairEncoder _encoder;
    private readonly string[] _tokens;
    private readonly AddedTokens _added;
    private readonly int _startId;
    private readonly int _endId;
    private readonly int _padId;

    /// <param name="vocabulary">Token → id (vocab.json).</param>
    /// <param name="merges">The lines of merges.txt.</param>
    /// <param name="length">Tokens that the text encoder reads, start and end included: 77 for CLIP.</param>
    /// <param name="padToken">The token behind the end token; the end token itself unless said.</param>
    /// <exception cref="InvalidDataException">The vocabulary lacks the start, end or padding token.</exception>
    public ClipTokenizer(IReadOnlyDictionary<string, int> vocabulary, IEnumerable<string> merges, int length, string padToken = EndToken)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 3);
        Length = length;
        _startId = IdOf(vocabulary, StartToken);
        _endId = IdOf(vocabulary, EndToken);
        _padId = IdOf(vocabulary, padToken);
        _encoder = new BytePairEncoder(vocabulary, merges, _endId);
        _tokens = new string[vocabulary.Values.Max() + 1];
        foreach (var (token, id) in vocabulary)
        {
            _tokens[id] = token;
        }

        _added = new AddedTokens([new(StartToken, [_startId]), new(EndToken, [_endId])]);
    }

    private ClipTokenizer(ClipTokenizer source, AddedTokens added)
    {
        (Length, _startId, _endId, _padId, _encoder, _tokens) = (source.Length, source._startId, source._endId, source._padId, source._encoder, source._tokens);
        _added = added;
    }

    /// <summary>Tokens that the text encoder reads, start and end included.</summary>
    public int Length { get; }

    /// <summary>Tokens of vocab.json: the first id that an added token may take.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Reads vocab.json, merges.txt and, where it is there, tokenizer_config.json.</summary>
    /// <param name="folder">A model's tokenizer folder, or a CLIP folder.</param>
    /// <param name="length">The text encoder's max_position_embeddings; null takes tokenizer_config.json's model_max_length, or 77.</param>
    /// <exception cref="FileNotFoundException">vocab.json or merges.txt is missing.</exception>
    /// <exception cref="InvalidDataException">A file cannot be read as what its name says.</exception>
    public static ClipTokenizer Load(string folder, int? length = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var vocabularyPath = Existing(folder, "vocab.json");
        var mergesPath = Existing(folder, "merges.txt");
        try
        {
            var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(vocabularyPath))!;
            var (configLength, padToken) = ReadConfig(Path.Combine(folder, "tokenizer_config.json"));
            return new ClipTokenizer(vocabulary, ReadMerges(mergesPath), length ?? configLength, padToken);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The tokenizer in {folder} cannot be read: {exception.Message} Copy vocab.json and tokenizer_config.json from the model again.", exception);
        }
    }

    /// <summary>This tokenizer with further tokens, such as Textual Inversion's "&lt;cat-toy&gt;", each of which stands for one or more ids.</summary>
    /// <exception cref="ArgumentException">A token is empty, or holds white space, or stands for no id.</exception>
    public ClipTokenizer WithTokens(IEnumerable<AddedToken> tokens) => new(this, _added.With(tokens));

    /// <summary>All ids of <paramref name="text"/> between the start and the end token, neither cut nor padded.</summary>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int> { _startId };
        foreach (var (plain, added) in _added.Split(text))
        {
            ids.AddRange(added is not null ? added.Ids : ClipWordSplitter.Split(ClipWordSplitter.Normalize(plain)).SelectMany(_encoder.Encode));
        }

        ids.Add(_endId);
        return ids;
    }

    /// <summary>The ids of <paramref name="text"/> in the model's length, with the words that did not fit.</summary>
    public TokenizedPrompt Tokenize(string text)
    {
        var ids = Encode(text);
        if (ids.Count <= Length)
        {
            return new TokenizedPrompt([.. ids, .. Enumerable.Repeat(_padId, Length - ids.Count)], ids.Count, null);
        }

        var cut = BytePairEncoder.Decode(ids.Skip(Length - 1).SkipLast(1).Select(id => id < _tokens.Length ? _tokens[id] : BytePairEncoder.ToSymbols(_added.TextEndingWith(id))));
        return new TokenizedPrompt([.. ids.Take(Length - 1), _endId], ids.Count, cut);
    }

    private static string Existing(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"The tokenizer folder {folder} has no {name}; copy it from the model.", path);
    }

    // Without its merges a tokenizer still makes ids, but not those that the model has learned.
    private static List<string> ReadMerges(string path)
    {
        var lines = File.ReadLines(path).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal)).ToList();
        var strange = lines.FindIndex(line => line.Split(' ') is not [{ Length: > 0 }, { Length: > 0 }]);
        return (lines.Count, strange) switch
        {
            (0, _) => throw new InvalidDataException($"{path} holds no merges; copy it from the model again."),
            (_, >= 0) => throw new InvalidDataException($"{path}: merge {strange + 1} is \"{lines[strange]}\"; it must be two symbols with a space between. Copy the file from the model again."),
            _ => lines,
        };
    }

    private static (int Length, string PadToken) ReadConfig(string path)
    {
        if (!File.Exists(path))
        {
            return (77, EndToken);
        }

        using var config = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = config.RootElement;
        var length = root.TryGetProperty("model_max_length", out var limit) && limit.TryGetInt32(out var value) ? value : 77;
        var pad = root.TryGetProperty("pad_token", out var token) ? token : default;
        var padToken = pad.ValueKind switch
        {
            JsonValueKind.String => pad.GetString(),
            JsonValueKind.Object => pad.GetProperty("content").GetString(),
            _ => EndToken,
        };
        return (length, padToken ?? EndToken);
    }

    private static int IdOf(IReadOnlyDictionary<string, int> vocabulary, string token) =>
        vocabulary.TryGetValue(token, out var id) ? id : throw new InvalidDataException($"vocab.json lacks the token {token}; it is not a CLIP vocabulary.");
}
