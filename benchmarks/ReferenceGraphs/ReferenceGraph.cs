using System.IO.Compression;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>A graph of benchmarks/reference-graphs with the shipped model's weights copied in by name.</summary>
internal sealed class ReferenceGraph : IDisposable
{
    private readonly jit.ScriptModule _graph;

    private ReferenceGraph(jit.ScriptModule graph) => _graph = graph;

    /// <summary>Unpacks and loads a graph.</summary>
    /// <param name="name">Its file's name without endings.</param>
    /// <param name="prefix">Stands before the names of the graph's parameters and is not in the model's.</param>
    /// <param name="model">The module whose parameters are copied.</param>
    public static ReferenceGraph Load(string name, string prefix, nn.Module model)
    {
        var unpacked = Path.Combine(Path.GetTempPath(), $"gal-{name}-{Guid.NewGuid():N}.pt");
        try
        {
            using (var packed = new GZipStream(File.OpenRead(Path.Combine(Repository.Root, "benchmarks", "reference-graphs", $"{name}.pt.gz")), CompressionMode.Decompress))
            using (var file = File.Create(unpacked))
            {
                packed.CopyTo(file);
            }

            var graph = jit.load(unpacked);
            graph.eval();
            var weights = model.state_dict();
            using var noGrad = no_grad();
            foreach (var (parameterName, parameter) in graph.named_parameters())
            {
                // The text encoder's graph was made by a version that leaves "text_model." out.
                var own = parameterName[prefix.Length..];
                parameter.copy_(weights.TryGetValue(own, out var value) ? value : weights[$"text_model.{own}"]);
            }

            return new ReferenceGraph(graph);
        }
        finally
        {
            File.Delete(unpacked);
        }
    }

    /// <summary>The graph's parameters.</summary>
    public IEnumerable<TorchSharp.Modules.Parameter> Parameters => _graph.parameters();

    /// <summary>Runs the graph.</summary>
    public Tensor Call(params object[] inputs) => (Tensor)_graph.forward(inputs);

    /// <inheritdoc/>
    public void Dispose() => _graph.Dispose();
}
