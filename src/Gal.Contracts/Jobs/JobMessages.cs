namespace Gal.V1;

public sealed partial class CreateGenerationRequest : IJobRequest;

public sealed partial class Generation : IJobResource;

public sealed partial class GenerationEvent : IJobEvent;

public sealed partial class CreateTrainingRequest : IJobRequest;

public sealed partial class Training : IJobResource;

public sealed partial class TrainingEvent : IJobEvent;
