using Gal.Diffusion.Runtime;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Tokenization;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Training;

/// <summary>Fine-tunes every weight of a model's UNet on weighted samples (DreamBooth, Ruiz et al. 2023); text encoder and VAE stay frozen.</summary>
public static class DreamBoothTrainer
{
    /// <summary>Loads the pretrained model and encodes the samples.</summary>
    /// <exception cref="ArgumentException">A value of the specification is outside its range; the message names it.</exception>
    /// <exception cref="ModelConfigException">The model folder is missing, damaged, or another architecture's.</exception>
    public static ITrainer Create(TrainingSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Check();
        TorchRuntime.EnsureLoaded();
        var folder = ModelFolder.Open(spec.ModelFolder);
        var schedule = new NoiseSchedule(SchedulerConfig.Load(folder.SchedulerConfigPath));
        var tokenizer = ClipTokenizer.Load(folder.TokenizerPath, folder.TextEncoder.MaxPositionEmbeddings);
        var data = TrainingData.Encode(folder, tokenizer, spec);
        return new NoisePredictionTrainer(spec, new UnetTarget(folder.LoadUnet(device: TorchSharp.torch.device(spec.Device), checkpoint: spec.UnetCheckpoint)), schedule, data);
    }
}
