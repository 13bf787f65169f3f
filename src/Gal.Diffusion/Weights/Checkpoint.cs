using System.Text.Json;

namespace Gal.Diffusion.Weights;

/// <summary>A model's tensors from one safetensors file or from several shards with their index.</summary>
public sealed class Checkpoint : IDisposable
{
    private static readonly string[] PickleExtensions = [".ckpt", ".bin", ".pt", ".pth", ".pkl"];
    private static readonly string[] FileNames = ["diffusion_pytorch_model", "model", "pytorch_model"];
    private readonly List<SafetensorsFile> _files = [];

    private Checkpoint(string path) => Path = path;

    /// <summary>What was opened.</summary>
    public string Path { get; }

    /// <summary>The tensors by their names in the files.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; private set; } = new Dictionary<string, StoredTensor>();

    /// <summary>Opens a .safetensors file, a shard index (.safetensors.index.json), or a folder that holds one of them under diffusers' or transformers' name.</summary>
    /// <exception cref="FileNotFoundException">Nothing of that kind is there.</exception>
    /// <exception cref="SafetensorsException">A file is damaged, is pickled, or does not hold what its index says.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = Directory.Exists(path) ? FindIn(path) : path;
        RefusePickle(file);
        var checkpoint = new Checkpoint(file);
        try
        {
            checkpoint.Tensors = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? checkpoint.OpenShards() : checkpoint.OpenFile(file).Tensors;
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static string FindIn(string folder)
    {
        string[] endings = [".safetensors", ".safetensors.index.json", ".fp16.safetensors"];
        var candidates = FileNames.SelectMany(name => endings.Select(ending => System.IO.Path.Combine(folder, name + ending)));
        if (candidates.FirstOrDefault(File.Exists) is { } found)
        {
            return found;
        }
        if (Directory.EnumerateFiles(folder).FirstOrDefault(IsPickle) is { } pickle)
        {
            throw new SafetensorsException(pickle, SafetensorsHeader.PickleDefect);
        }
        throw new FileNotFoundException($"There are no weights in {folder}: none of {string.Join(", ", FileNames.Select(name => name + ".safetensors"))}, nor an index of shards.", folder);
    }

    private static bool IsPickle(string path) => PickleExtensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static void RefusePickle(string path)
    {
        if (IsPickle(path) && File.Exists(path))
        {
            throw new SafetensorsException(path, SafetensorsHeader.PickleDefect);
        }
    }

    private SafetensorsFile OpenFile(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private Dictionary<string, StoredTensor> OpenShards()
    {
        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (name, fileName) in ReadIndex())
        {
            if (string.IsNullOrEmpty(fileName) || fileName != System.IO.Path.GetFileName(fileName))
            {
                throw new SafetensorsException(Path, $"the shard \"{fileName}\" of \"{name}\" is not a plain file name.");
            }
            if (!shards.TryGetValue(fileName, out var shard))
            {
                shards[fileName] = shard = OpenFile(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, fileName));
            }
            tensors[name] = shard.Tensors.TryGetValue(name, out var tensor)
                ? tensor
                : throw new SafetensorsException(Path, $"the index says that \"{name}\" is in {fileName}, but it is not.");
        }
        var unlisted = shards.SelectMany(shard => shard.Value.Tensors.Keys.Where(name => !tensors.ContainsKey(name)).Select(name => $"{shard.Key}: {name}")).ToList();
        return unlisted.Count == 0 ? tensors : throw new SafetensorsException(Path, $"tensors in the shards that the index does not list: {string.Join("; ", unlisted)}.");
    }

    private Dictionary<string, string> ReadIndex()
    {
        try
        {
            using var stream = File.OpenRead(Path);
            return JsonSerializer.Deserialize<ShardIndex>(stream)?.WeightMap ?? throw new SafetensorsException(Path, "the index has no \"weight_map\".");
        }
        catch (JsonException exception)
        {
            throw new SafetensorsException(Path, $"the index is not valid JSON: {exception.Message}", exception);
        }
    }

    private sealed record ShardIndex([property: System.Text.Json.Serialization.JsonPropertyName("weight_map")] Dictionary<string, string>? WeightMap);
}
