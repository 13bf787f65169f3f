using System.Globalization;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>A training's saved state: a safetensors file with parameters, moments, order and generator; method, seed and step stand in its metadata.</summary>
/// <param name="method">The kind of training.</param>
/// <param name="seed">Its seed.</param>
/// <param name="live">The tensors as they are in use; read into in place, so that resuming needs no second copy.</param>
/// <param name="batches">The order and the generator; null where there are none.</param>
/// <param name="chance">The generator of the forward pass; null where it draws nothing.</param>
internal sealed class TrainingState(string method, long seed, IReadOnlyList<NamedTensor> live, BatchSource? batches, Generator? chance)
{
    private const string Format = "gal-training-state-1";
    private const string ChanceName = "generator.forward";

    /// <summary>Writes the file under a temporary name, and renames it.</summary>
    public void Save(string path, int step)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var tensors = live.Concat(batches?.Save() ?? []).Concat(chance is null ? [] : [new NamedTensor(ChanceName, chance.get_state())]).Select(entry => KeyValuePair.Create(entry.Name, entry.Tensor));
        SafetensorsWriter.Write(path, tensors.ToList(), new Dictionary<string, string>
        {
            ["format"] = Format,
            ["method"] = method,
            ["seed"] = seed.ToString(CultureInfo.InvariantCulture),
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads a file of the same training in place.</summary>
    /// <returns>The steps done.</returns>
    /// <exception cref="InvalidDataException">It is another training's; nothing was changed.</exception>
    public int Load(string path)
    {
        using var noGrad = no_grad();
        using var file = SafetensorsFile.Open(path);
        Require(path, file, "format", Format);
        Require(path, file, "method", method);
        Require(path, file, "seed", seed.ToString(CultureInfo.InvariantCulture));
        var strange = live.Where(entry => !file.Tensors.TryGetValue(entry.Name, out var stored) || !stored.Shape.SequenceEqual(entry.Tensor.shape)).Select(entry => entry.Name).ToList();
        if (strange.Count > 0)
        {
            throw new InvalidDataException($"{path} is the state of another training: {string.Join(", ", strange.Take(5))}{(strange.Count > 5 ? $" and {strange.Count - 5} more" : string.Empty)} are missing in it or have another shape.");
        }

        batches?.Restore(name => file.Tensors[name].Read());
        if (chance is not null)
        {
            using var state = file.Tensors[ChanceName].Read();
            chance.set_state(state);
        }

        foreach (var entry in live)
        {
            file.Tensors[entry.Name].CopyTo(entry.Tensor);
        }

        return int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);
    }

    private static void Require(string path, SafetensorsFile file, string key, string expected)
    {
        if (file.Metadata.GetValueOrDefault(key) is var found && found != expected)
        {
            throw new InvalidDataException($"{path} cannot continue this training: its {key} is {found ?? "not said"}; it must be {expected}.");
        }
    }
}
