using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Tests.Training;
using Gal.Diffusion.Training;
using Gal.Tests;

namespace Gal.Diffusion.Tests.Pipelines;

/// <summary>A run trains and samples in turn: what one needed must be given back before the other has it. Live tensors are not counted here: TorchSharp counts a Parameter's first tensor for ever, though its memory is gone.</summary>
[Collection(TensorCounts.Name)]
public class AlternationTests(ITestOutputHelper output)
{
    private const int Turns = 10;

    // One UNet kept a turn would add 35 MB, a quarter in all.
    private const double Growth = 1.1;

    [Fact]
    public void TrainAndSample_InTurn_GiveTheirMemoryBack()
    {
        var resident = new List<double>();
        for (var turn = 0; turn < Turns; turn++)
        {
            using (var trainer = DreamBoothTrainer.Create(Trainings.Emoji()))
            {
                trainer.Step();
                trainer.Step();
            }

            using (var pipeline = StableDiffusionPipeline.Load(Repository.EmojiModel))
            {
                pipeline.Sample(new SamplingRequest([new("a chair", "", 3)], SchedulerKind.DpmSolverPlusPlus2M, 2, 4, 64, 64));
            }

            resident.Add(Environment.WorkingSet / 1e6);
        }

        output.WriteLine($"Resident after each turn, MB: {string.Join(", ", resident.Select(megabytes => $"{megabytes:F0}"))}");
        Assert.InRange(resident.Skip(Turns / 2).Max(), 0, resident.Take(Turns / 2).Max() * Growth);
    }
}
