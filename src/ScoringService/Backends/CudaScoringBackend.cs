using System.Runtime.InteropServices;
using Gal.ActiveLearning.Directions;
using Gal.Cuda;

namespace Gal.Scoring.Backends;

/// <summary>Scores on a card. Embeddings that lie there already are used where they are; others are copied to it as float32.</summary>
/// <param name="kernels">The kernels; the backend disposes them.</param>
public sealed class CudaScoringBackend(ScoringKernels kernels) : IScoringBackend
{
    /// <inheritdoc/>
    public BackendStatus Status { get; } = new("cuda", kernels.DeviceName, $"native/kernels through a driver for CUDA {kernels.DriverVersion}", null);

    /// <inheritdoc/>
    public void ComputeSimilarities(EmbeddingRows rows, EmbeddingRows columns, Memory<float> similarities)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        SimilarityShapes.Require(rows, columns, similarities.Length);
        if (similarities.Length > 0)
        {
            Translate(() =>
            {
                using var placed = new Placement(kernels, rows, columns);
                return kernels.ComputeCosines(placed[0], placed[1]);
            }).CopyTo(similarities);
        }
    }

    /// <inheritdoc/>
    public RoundJudgement EvaluateDirections(RoundEmbeddings round, double opennessFactor)
    {
        ArgumentNullException.ThrowIfNull(round);
        var outcome = Translate(() =>
        {
            using var placed = new Placement(kernels, round.Images, round.Prompts, round.NonSoiTexts);
            return kernels.JudgeDirections(placed[0], round.ImageCounts, placed[1], placed[2], (float)opennessFactor);
        });

        // The kernel's own flags, counts and best images are the same by test; U and the openness are wanted in float64.
        return new RoundSimilarities(outcome.PromptSimilarities, outcome.NonSoiSimilarities).Judge(round.ImageCounts, opennessFactor);
    }

    /// <inheritdoc/>
    public void Dispose() => kernels.Dispose();

    private static T Translate<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (CudaDeviceException e)
        {
            throw new ScoringBackendException(e.Message, e);
        }
    }

    /// <summary>Matrices on the card, all of one type.</summary>
    private sealed class Placement : IDisposable
    {
        private readonly List<IDisposable> _uploaded = [];
        private readonly DeviceMatrix[] _matrices;

        public Placement(ScoringKernels kernels, params EmbeddingRows[] all)
        {
            var found = all.Select(rows => rows is DeviceEmbeddings device && device.DeviceIndex == kernels.DeviceIndex ? device.Matrix : (DeviceMatrix?)null).ToArray();
            var types = found.Select(matrix => matrix?.Type).Distinct().ToArray();
            var type = types is [{ } only] ? only : ElementType.Float32;
            try
            {
                _matrices = [.. all.Zip(found, (rows, matrix) => matrix is { } there && there.Type == type ? there : Upload(kernels, rows))];
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public DeviceMatrix this[int index] => _matrices[index];

        public void Dispose() => _uploaded.ForEach(memory => memory.Dispose());

        private DeviceMatrix Upload(ScoringKernels kernels, EmbeddingRows rows)
        {
            var host = rows.ToHost();
            var values = MemoryMarshal.TryGetArray(host, out var array) && array.Offset == 0 && array.Count == array.Array!.Length ? array.Array : host.ToArray();
            var memory = kernels.Upload(values, "embeddings");
            _uploaded.Add(memory);
            return new DeviceMatrix(memory.DevicePointer, rows.RowCount, rows.Dimension, ElementType.Float32);
        }
    }
}
