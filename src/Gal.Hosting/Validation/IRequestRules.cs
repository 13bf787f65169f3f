namespace Gal.Hosting.Validation;

/// <summary>Rules of a request that its proto cannot say; registered as a service, they are checked with the proto's own, so that a caller hears of all violations at once.</summary>
/// <typeparam name="TRequest">The message.</typeparam>
public interface IRequestRules<in TRequest>
{
    /// <summary>What is wrong with a request: the field's path, a sentence and a stable reason. The request may break the proto's rules as well.</summary>
    IEnumerable<(string Field, string Sentence, string Reason)> FindViolations(TRequest request);
}
