// What is known of one account at one moment: the input of the score, complete enough to replay it.
using System.Collections.Immutable;

namespace Moderation.Domain.Risk;

/// <summary>A known value: booleans are 0 or 1, durations hours. `AgeHours` is how long ago the value was true, for decay.</summary>
public sealed record Feature(
    double Value,
    double AgeHours = 0,
    DateTimeOffset? Since = null,
    string? Source = null,
    string? Evidence = null
);

/// <summary>Features by name; a name that is not there is unknown, which is never the same as false.</summary>
public sealed record FeatureVector(
    DateTimeOffset AsOf,
    string? DataVersion,
    ImmutableSortedDictionary<string, Feature> Known
)
{
    public Feature? this[string name] => Known.GetValueOrDefault(name);

    /// <summary>Ids of the signals of which nothing is known, in the order of the catalogue; one known window is knowledge.</summary>
    public IEnumerable<string> UnknownSignals() =>
        SignalCatalogue
            .All.Where(signal => signal.Columns.All(column => this[signal.FeatureOf(column)] is null))
            .Select(signal => signal.Id);
}
