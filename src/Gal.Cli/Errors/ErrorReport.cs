using Gal.Cli.RunFiles;
using Gal.Hosting;
using Google.Rpc;
using Grpc.Core;
using Spectre.Console.Cli;

namespace Gal.Cli.Errors;

/// <summary>What a user is told about an exception, and what the shell gets.</summary>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="Lines">The message; its first line stands after "Error:".</param>
internal sealed record ErrorReport(int ExitCode, IReadOnlyList<string> Lines)
{
    /// <summary>The report for an exception.</summary>
    public static ErrorReport Of(Exception exception) => exception switch
    {
        RunFileException file => new(ExitCodes.BadInput, [$"{file.File} cannot be run:", .. file.Problems.Select(problem => "  " + problem)]),
        CliException cli => new(cli.ExitCode, cli.Message.Split('\n')),
        ServiceOptionsException options => new(ExitCodes.BadInput, [.. options.Problems]),
        CannotListenException listen => new(ExitCodes.Service, [listen.Message]),
        CommandAppException usage => new(ExitCodes.BadInput, [usage.Message, "See \"gal --help\", or \"gal COMMAND --help\" with examples."]),
        // Every path that a user gives ends in Path.GetFullPath, which refuses an empty one.
        ArgumentException { ParamName: "path" } => new(ExitCodes.BadInput, ["A path on the command line is empty or cannot be one; give the file or folder."]),
        OperationCanceledException => new(ExitCodes.Cancelled, ["Stopped."]),
        RpcException rpc => OfRpc(rpc),
        AggregateException { InnerException: { } inner } => Of(inner),
        _ => new(ExitCodes.Failed, [exception.Message, $"({exception.GetType().Name}; GAL_DEBUG=1 shows where it came from)"]),
    };

    private static ErrorReport OfRpc(RpcException exception)
    {
        var status = exception.GetRpcStatus();
        var fields = status?.GetDetail<BadRequest>()?.FieldViolations ?? [];
        return exception.StatusCode switch
        {
            StatusCode.Cancelled => new(ExitCodes.Cancelled, ["Stopped."]),
            StatusCode.Unavailable or StatusCode.DeadlineExceeded => new(ExitCodes.Service, [exception.Status.Detail]),
            StatusCode.InvalidArgument when fields.Count > 0 => new(ExitCodes.BadInput, ["The service refuses the request:", .. fields.Select(field => "  " + field.Description)]),
            StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.AlreadyExists => new(ExitCodes.BadInput, [exception.Status.Detail]),
            _ => new(ExitCodes.Failed, [exception.Status.Detail]),
        };
    }
}
