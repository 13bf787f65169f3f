using Buf.Validate;
using Gal.Hosting.Errors;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using ProtoValidate;

namespace Gal.Hosting.Validation;

/// <summary>Checks messages against the rules that stand in the protos (protovalidate) and those of <see cref="IRequestRules{TRequest}"/>.</summary>
internal sealed class RequestValidator(IValidator validator, IServiceProvider services)
{
    // A list of 100,000 bad items would make an error that no header can carry.
    private const int ReportedViolationCount = 20;

    /// <summary>Refuses a message with all of its violations at once.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT with a BadRequest.</exception>
    public void Check<TRequest>(TRequest request)
    {
        if (request is not IMessage message)
        {
            return;
        }

        var violations = PlainRules.AreKept(message) ? [] : validator.Validate(message, failFast: false).Violations.Select(Describe).ToList();
        var fields = violations.Select(v => v.Field).ToHashSet();

        // What the proto already refuses need not be said twice.
        violations.AddRange(services.GetServices<IRequestRules<TRequest>>().SelectMany(rules => rules.FindViolations(request)).Where(v => !fields.Contains(v.Field)));
        if (violations.Count > ReportedViolationCount)
        {
            violations = [.. violations.Take(ReportedViolationCount), ("", $"There are {violations.Count - ReportedViolationCount} more violations.", "MORE_VIOLATIONS")];
        }

        if (violations.Count > 0)
        {
            throw RpcErrors.InvalidFields(violations);
        }
    }

    private static (string Field, string Sentence, string Reason) Describe(Violation violation)
    {
        var field = violation.Field?.GetPath() ?? "";
        return (field, $"{(field.Length == 0 ? "The message" : field)}: {violation.Message}.", violation.RuleId.ToUpperInvariant().Replace('.', '_'));
    }
}
