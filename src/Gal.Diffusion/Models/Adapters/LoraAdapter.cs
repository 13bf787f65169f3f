using System.Text.RegularExpressions;
using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Adapters;

/// <summary>
/// Low-rank updates of a UNet's and a text encoder's layers: attached, they are added while the model runs and can be trained, scaled and taken away;
/// merged, they become part of the weights and cost nothing. Several can be attached or merged at once.
/// </summary>
public sealed partial class LoraAdapter : IDisposable
{
    private readonly SortedDictionary<string, (IAdaptableLayer Layer, LowRankUpdate Update)> _updates;
    private double _scale = 1;

    private LoraAdapter(SortedDictionary<string, (IAdaptableLayer Layer, LowRankUpdate Update)> updates) => _updates = updates;

    /// <summary>The user's factor, 1 as trained; 0 switches the adapter off.</summary>
    public double Scale
    {
        get => _scale;
        set
        {
            _scale = value;
            foreach (var (_, update) in _updates.Values)
            {
                update.Scale = value;
            }
        }
    }

    /// <summary>The adapted layers' full names, "unet.…" and "text_encoder.…", in order.</summary>
    public IReadOnlyCollection<string> Layers => _updates.Keys;

    /// <summary>What a trainer trains: "unet.….lora_A.weight" (down) and "….lora_B.weight" (up), in order.</summary>
    public IEnumerable<KeyValuePair<string, Parameter>> Parameters => _updates.SelectMany(pair => new[]
    {
        KeyValuePair.Create(LoraNames.Key(pair.Key, LoraNames.LoraPart.Down, LoraDialect.Diffusers), pair.Value.Update.down),
        KeyValuePair.Create(LoraNames.Key(pair.Key, LoraNames.LoraPart.Up, LoraDialect.Diffusers), pair.Value.Update.up),
    });

    /// <summary>Makes an adapter that changes nothing yet: A is uniform in ±1/√input (PEFT's start), B is 0.</summary>
    /// <param name="unet">Adapted in to_q, to_k, to_v and to_out.0 of every attention.</param>
    /// <param name="rank">Columns of B, from 1.</param>
    /// <param name="alpha">The update is scaled by alpha / rank.</param>
    /// <param name="generator">Draws A, layer after layer in the order of <see cref="Layers"/>.</param>
    public static LoraAdapter Create(UNet2DConditionModel unet, int rank, double alpha, Generator generator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        var updates = new SortedDictionary<string, (IAdaptableLayer, LowRankUpdate)>(StringComparer.Ordinal);
        foreach (var (name, layer) in AdaptableLayers(unet, null).Where(pair => IsAttentionProjection(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var bound = 1 / Math.Sqrt(layer.Weight.shape[1]);
            using var noGrad = no_grad();
            var down = empty(rank, layer.Weight.shape[1]).uniform_(-bound, bound, generator);
            updates[name] = (layer, new LowRankUpdate(down, zeros(layer.Weight.shape[0], rank), alpha));
        }
        return new LoraAdapter(updates);
    }

    /// <summary>Reads a file of any dialect for the given models.</summary>
    /// <exception cref="CheckpointMismatchException">Keys that fit no layer, halves of a pair, or other shapes: all are listed.</exception>
    /// <exception cref="SafetensorsException">The file is damaged or pickled.</exception>
    public static LoraAdapter Load(string path, UNet2DConditionModel unet, ClipTextModel? textEncoder = null)
    {
        using var file = Checkpoint.Open(path);
        return new LoraAdapter(LoraReader.Read(file, AdaptableLayers(unet, textEncoder)));
    }

    /// <summary>Adds the updates to the models' outputs.</summary>
    public void Attach()
    {
        Detach();
        foreach (var (layer, update) in _updates.Values)
        {
            layer.Updates.Add(update);
        }
    }

    /// <summary>Takes the updates away again.</summary>
    public void Detach()
    {
        foreach (var (layer, update) in _updates.Values)
        {
            layer.Updates.Remove(update);
        }
    }

    /// <summary>Adds the updates, scaled, to the models' weights. To take them out again, load the weights anew: subtracting would leave rounding behind.</summary>
    public void Merge()
    {
        using var noGrad = no_grad();
        foreach (var (layer, update) in _updates.Values)
        {
            using var scope = NewDisposeScope();
            layer.Weight.copy_(layer.Weight.to(ScalarType.Float32) + update.Delta(layer.Weight.shape).to(layer.Weight.device));
        }
    }

    /// <summary>Zeroes a part of each input while training and scales the rest up.</summary>
    /// <param name="probability">In [0, 1); 0 switches dropout off.</param>
    /// <param name="generator">Draws the masks: part of the training's state.</param>
    public void UseDropout(double probability, Generator generator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        // Held by the function: a Scalar made for one call can be collected while the call runs.
        Scalar threshold = probability, kept = 1 - probability;
        Func<Tensor, Tensor>? dropout = probability == 0 ? null : input => input * rand(input.shape, generator: generator).ge(threshold).to(input.dtype).to(input.device) / kept;
        foreach (var (_, update) in _updates.Values)
        {
            update.Dropout = dropout;
        }
    }

    /// <summary>Writes the adapter.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="dialect">The names; see <see cref="LoraDialect"/> for what becomes of alpha.</param>
    /// <param name="dtype">float32 unless said.</param>
    /// <param name="metadata">Free text for the header, such as what kohya's trainers note of a training.</param>
    /// <exception cref="ArgumentException">The dialect has no name for one of the layers.</exception>
    public void Save(string path, LoraDialect dialect, ScalarType dtype = ScalarType.Float32, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (_updates.Keys.FirstOrDefault(layer => !LoraNames.HasKey(layer, dialect)) is { } unnamed)
        {
            throw new ArgumentException($"The dialect {dialect} has no name for {unnamed}; choose {LoraDialect.Diffusers} or {LoraDialect.Kohya}.", nameof(dialect));
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        SafetensorsWriter.Write(path, _updates.SelectMany(pair => Tensors(pair.Key, pair.Value.Update, dialect, dtype)).ToList(), metadata);
    }

    /// <summary>Detaches the updates and frees them.</summary>
    public void Dispose()
    {
        Detach();
        foreach (var (_, update) in _updates.Values)
        {
            update.Dispose();
        }
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Tensors(string layer, LowRankUpdate update, LoraDialect dialect, ScalarType dtype)
    {
        var factor = dialect == LoraDialect.Kohya ? 1 : update.Alpha / update.Rank;
        yield return KeyValuePair.Create(LoraNames.Key(layer, LoraNames.LoraPart.Down, dialect), update.down.to(dtype));
        yield return KeyValuePair.Create(LoraNames.Key(layer, LoraNames.LoraPart.Up, dialect), (update.up * factor).to(dtype));
        if (dialect == LoraDialect.Kohya)
        {
            yield return KeyValuePair.Create(LoraNames.Key(layer, LoraNames.LoraPart.Alpha, dialect), tensor((float)update.Alpha));
        }
    }

    private static bool IsAttentionProjection(string layer) =>
        AttentionProjection().IsMatch(layer);

    [GeneratedRegex(@"\.attn[12]\.to_(q|k|v|out\.0)$")]
    private static partial Regex AttentionProjection();

    private static Dictionary<string, IAdaptableLayer> AdaptableLayers(UNet2DConditionModel unet, ClipTextModel? textEncoder)
    {
        ArgumentNullException.ThrowIfNull(unet);
        var layers = Of(unet, LoraNames.Unet);
        return (textEncoder is null ? layers : layers.Concat(Of(textEncoder, LoraNames.TextEncoder))).ToDictionary(StringComparer.Ordinal);

        static IEnumerable<KeyValuePair<string, IAdaptableLayer>> Of(nn.Module model, string prefix) =>
            model.named_modules().Where(child => child.module is IAdaptableLayer).Select(child => KeyValuePair.Create(prefix + child.name, (IAdaptableLayer)child.module));
    }
}
