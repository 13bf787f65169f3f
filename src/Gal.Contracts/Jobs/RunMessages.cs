namespace Gal.V1;

public sealed partial class CreateRunRequest : IJobRequest;
