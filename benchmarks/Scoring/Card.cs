using Gal.Cuda;
using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;
using ManagedCuda;
using TorchSharp;

namespace Gal.Benchmarks.Scoring;

/// <summary>The kernels on a card beside torch on the same tensors, by the card's own clock. Needs a build with Gpu=true and a card: benchmarks/gpu/run.sh.</summary>
internal static class Card
{
    private const int Turns = 50;

    public static int Report()
    {
        TorchRuntime.EnsureLoaded();
        ScoringKernels kernels;
        try
        {
            kernels = ScoringKernels.Open();
        }
        catch (CudaUnavailableException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }

        using (kernels)
        {
            if (!torch.cuda.is_available())
            {
                Console.Error.WriteLine("torch sees no card: build with -p:Gpu=true, as benchmarks/gpu/run.sh does.");
                return 1;
            }

            Console.WriteLine($"{kernels.DeviceName}, driver for CUDA {kernels.DriverVersion}; medians of {Turns} turns");
            Console.WriteLine("| cosines | type | ours, ms | torch, ms | torch / ours | GB/s |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (var (rows, texts) in new[] { (180, 6), (180, 19), (1_000_000, 19), (65_536, 4096) })
            {
                foreach (var dtype in new[] { torch.ScalarType.Float32, torch.ScalarType.Float16, torch.ScalarType.BFloat16 })
                {
                    Compare(kernels, rows, texts, dtype);
                }
            }

            Judge(kernels);
            return 0;
        }
    }

    private static void Compare(ScoringKernels kernels, int rowCount, int textCount, torch.ScalarType dtype)
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        var images = torch.randn([rowCount, 512], device: torch.CUDA).to(dtype);
        var texts = torch.randn([textCount, 512], device: torch.CUDA).to(dtype);
        using var result = new CudaDeviceVariable<float>((long)rowCount * textCount);
        var (rows, columns) = (TensorEmbeddings.Locate(images), TensorEmbeddings.Locate(texts));
        var tensorCores = dtype != torch.ScalarType.Float32 && textCount >= 64;
        var ours = Time(() =>
        {
            if (tensorCores)
            {
                kernels.ComputeCosinesOnTensorCores(rows, columns, result);
            }
            else
            {
                kernels.ComputeCosines(rows, columns, result);
            }
        });
        var reference = Time(() =>
        {
            using var turn = torch.NewDisposeScope();
            torch.nn.functional.normalize(images, dim: 1).matmul(torch.nn.functional.normalize(texts, dim: 1).t());
        });
        var bytes = ((double)rowCount * 512 * rows.ElementBytes) + ((double)rowCount * textCount * sizeof(float));
        Console.WriteLine($"| {rowCount:N0} × 512 against {textCount:N0}{(tensorCores ? ", tensor cores" : string.Empty)} | {dtype} | {ours:F4} | {reference:F4} | {reference / ours:F2} | {bytes / ours / 1e6:F0} |");
    }

    private static void Judge(ScoringKernels kernels)
    {
        using var scope = torch.NewDisposeScope();
        var images = TensorEmbeddings.Locate(torch.randn([180, 512], device: torch.CUDA));
        var prompts = TensorEmbeddings.Locate(torch.randn([18, 512], device: torch.CUDA));
        var texts = TensorEmbeddings.Locate(torch.randn([6, 512], device: torch.CUDA));
        var counts = Enumerable.Repeat(10, 18).ToArray();
        Console.WriteLine($"A whole round, results on the host: {Time(() => kernels.JudgeDirections(images, counts, prompts, texts, 0.005f)):F4} ms");
    }

    private static double Time(Action work)
    {
        using var start = new CudaEvent();
        using var end = new CudaEvent();
        var samples = new Samples();
        for (var turn = 0; turn < Turns + 5; turn++)
        {
            start.Record();
            work();
            end.Record();
            end.Synchronize();
            if (turn >= 5)
            {
                samples.Add(TimeSpan.FromMilliseconds(CudaEvent.ElapsedTime(start, end)));
            }
        }

        return samples.Median;
    }
}
