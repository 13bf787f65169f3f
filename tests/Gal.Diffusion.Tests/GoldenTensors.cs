using System.Buffers.Binary;
using System.Text.Json;
using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Tests;

/// <summary>The tensors of a golden file, read without the product's own reader; and how two tensors are compared.</summary>
internal sealed class GoldenTensors : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    public GoldenTensors(params string[] parts)
    {
        TorchRuntime.EnsureLoaded();
        var bytes = File.ReadAllBytes(Repository.Golden(parts));
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()).ToArray();
            var range = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt32()).ToArray();
            var data = bytes.AsSpan(8 + headerLength + range[0], range[1] - range[0]);
            var dtype = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => ScalarType.Float32,
                "F16" => ScalarType.Float16,
                "I64" => ScalarType.Int64,
                var other => throw new NotSupportedException(other),
            };
            var value = empty(shape, dtype).DetachFromDisposeScope();
            data.CopyTo(value.bytes);
            _tensors[entry.Name] = value;
        }
    }

    public Tensor this[string name] => _tensors[name];

    public static double Difference(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        return (actual.to_type(ScalarType.Float64) - expected.to_type(ScalarType.Float64)).abs().max().item<double>();
    }

    /// <summary>Fails with the largest difference when it is above <paramref name="tolerance"/> or not a number.</summary>
    public static void AssertNear(Tensor actual, Tensor expected, double tolerance, string what)
    {
        var difference = Difference(actual, expected);
        Assert.True(difference <= tolerance, $"{what}: differs by {difference:E2}, more than {tolerance:E1}.");
    }

    public void Dispose()
    {
        foreach (var value in _tensors.Values)
        {
            value.Dispose();
        }
    }
}
