using Gal.V1;

namespace Gal.Coordination.Events;

/// <summary>Why a run ended before it was done.</summary>
/// <param name="Code">A google.rpc.Code.</param>
/// <param name="Reason">A stable name in UPPER_SNAKE_CASE.</param>
/// <param name="Message">A sentence with the remedy.</param>
internal sealed record RunError(int Code, string Reason, string Message);

/// <summary>A device of a service, as its capabilities describe it.</summary>
internal sealed record SeenDevice(string Name, string Model, string InstructionSet, long MemoryBytes, int ThreadCount, IReadOnlyList<Dtype> Dtypes);

/// <summary>What a training left beside its checkpoint.</summary>
internal sealed record TrainingExtras(IReadOnlyList<StepArtifacts> Weights, IReadOnlyList<StepArtifacts> Images);

/// <summary>Artifacts that were made after a training's step.</summary>
internal sealed record StepArtifacts(int Step, IReadOnlyList<string> Artifacts);

/// <summary>Time spent on one kind of work, and how many units of it.</summary>
internal sealed record TimeSpent(WorkKind Kind, TimeSpan Duration, long UnitCount);
