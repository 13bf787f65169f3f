using Gal.Diffusion.Training;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Benchmarks.ReferenceGraphs;

/// <summary>One DreamBooth step at batch 1: forward, loss, backward, clipping, AdamW. Both sides begin with the same weights, so their losses stay together step after step.</summary>
internal static class TrainingComparison
{
    private const double LearningRate = 1e-5;
    private const double WeightDecay = 1e-2;

    /// <summary>The row of the table.</summary>
    public static Comparison Make(ModelFolder folder)
    {
        var unet = folder.LoadUnet();
        var graph = ReferenceGraph.Load("unet", "unet.", unet);
        var optimizer = new ReferenceOptimizer([.. graph.Parameters]);
        var ours = new AdamW([.. unet.named_parameters().Select(entry => new NamedTensor(entry.name, entry.parameter.requires_grad_(true)))]);
        foreach (var parameter in graph.Parameters)
        {
            parameter.requires_grad = true;
        }

        unet.train();
        var (sample, noise, hidden) = (Comparisons.Random(1, 1, 4, 16, 16), Comparisons.Random(2, 1, 4, 16, 16), Comparisons.Random(3, 1, 32, 128));
        var timesteps = full(1, 500, ScalarType.Int64);
        var step = 0;
        return new Comparison("training step, batch 1", 0.9, ReferenceStep, OurStep).Owning(ours, optimizer, graph, unet);

        Tensor ReferenceStep()
        {
            var loss = nn.functional.mse_loss(graph.Call(sample, timesteps, hidden), noise);
            loss.backward();
            optimizer.Step(LearningRate, WeightDecay);
            return loss;
        }

        Tensor OurStep()
        {
            var loss = nn.functional.mse_loss(unet.call(sample, timesteps, hidden), noise);
            loss.backward();
            var norm = ours.GradientNorm();
            ours.Step(++step, LearningRate, WeightDecay, Math.Min(1, 1 / (norm + 1e-6)));
            ours.ClearGradients();
            return loss;
        }
    }
}
