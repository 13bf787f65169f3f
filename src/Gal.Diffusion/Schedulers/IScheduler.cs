using static TorchSharp.torch;

namespace Gal.Diffusion.Schedulers;

/// <summary>One trajectory from x_T to x_0: the timesteps to ask the model at, and the step that each answer allows. Used once, in order.</summary>
public interface IScheduler : IDisposable
{
    /// <summary>The timesteps, in the order in which the model is asked.</summary>
    IReadOnlyList<double> Timesteps { get; }

    /// <summary>What the first standard-normal sample is multiplied by.</summary>
    double InitNoiseSigma { get; }

    /// <summary>The model's input at the present step.</summary>
    /// <param name="sample">x_t. Borrowed.</param>
    /// <returns>A tensor of the same shape; the caller disposes it.</returns>
    Tensor ScaleModelInput(Tensor sample);

    /// <summary>One step x_t → x_{t-1}.</summary>
    /// <param name="modelOutput">The model's answer at the present timestep, float32.</param>
    /// <param name="sample">x_t, float32. Borrowed.</param>
    /// <param name="noise">Standard-normal noise of the sample's shape, asked once a step by the stochastic schedulers alone.</param>
    /// <returns>x_{t-1}; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">All steps were taken.</exception>
    Tensor Step(Tensor modelOutput, Tensor sample, Func<Tensor> noise);
}
