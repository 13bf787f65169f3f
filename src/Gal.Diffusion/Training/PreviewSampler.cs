using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>Samples a preview's pictures with the weights as they are. Draws from generators of its own, so that the training goes on as if it had not been there.</summary>
/// <param name="folder">The model.</param>
/// <param name="spec">The training.</param>
/// <param name="preview">What to sample.</param>
/// <param name="target">What is trained. Borrowed.</param>
/// <param name="data">The encoded prompts. Borrowed.</param>
internal sealed class PreviewSampler(ModelFolder folder, TrainingSpec spec, TrainingPreview preview, ITrainingTarget target, TrainingData data)
{
    private readonly NoiseSchedule _schedule = new(SchedulerConfig.Load(folder.SchedulerConfigPath));

    /// <summary>One picture a prompt, in the order of the preview.</summary>
    /// <exception cref="SamplingException">A picture came out black or not finite.</exception>
    public IReadOnlyList<RgbImage> Sample()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var latents = new List<Tensor>();
        target.Evaluate(() => latents.AddRange(data.PreviewPrompts.Select((prompt, i) => Denoise(prompt, preview.Seed + i))));
        NativeTuning.GiveBackFreedMemory();
        using var vae = folder.LoadVae(device: latents[0].device);
        return [.. latents.SelectMany((latent, i) => PictureTensors.ToPictures(vae.Decode(latent / tensor((float)folder.Vae.ScalingFactor)), _ => $"The preview of \"{preview.Prompts[i]}\""))];
    }

    private Tensor Denoise(CachedPrompt prompt, long seed)
    {
        var size = spec.LatentSize(folder);
        using var noise = new ImageNoise([seed], folder.Unet.InChannels, size, size, prompt.HiddenStates.device);
        using var scheduler = SchedulerFactory.Create(SchedulerKind.DpmSolverPlusPlus2M, _schedule, preview.InferenceStepCount);
        using var predictor = new ModuleNoisePredictor(target.Unet, spec.Options.ScalarType);
        var isGuided = preview.GuidanceScale > 1;
        using var prepared = predictor.Prepare(target.HiddenStates(isGuided ? [data.EmptyPrompt!, prompt] : [prompt]));
        var guidance = tensor((float)preview.GuidanceScale);
        var latents = noise.Next() * tensor((float)scheduler.InitNoiseSigma);
        foreach (var timestep in scheduler.Timesteps)
        {
            using var scope = NewDisposeScope();
            var input = scheduler.ScaleModelInput(latents);
            var halves = predictor.Predict(isGuided ? cat([input, input]) : input, timestep, prepared).chunk(isGuided ? 2 : 1);
            var prediction = isGuided ? halves[0] + (guidance * (halves[1] - halves[0])) : halves[0];
            var next = scheduler.Step(prediction, latents, noise.Next).MoveToOuterDisposeScope();
            latents.Dispose();
            latents = next;
        }

        return latents;
    }
}
