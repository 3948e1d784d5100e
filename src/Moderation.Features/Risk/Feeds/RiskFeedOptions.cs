// Settings of the lists, section `Risk:Feeds`.
namespace Moderation.Features.Risk.Feeds;

public sealed class RiskFeedOptions
{
    public const string Section = "Risk:Feeds";

    /// <summary>A folder in the form of `data/risk`, used alone. Empty: downloads where configured, then packages.</summary>
    public string? Folder { get; set; }

    /// <summary>The dates of the folder do not count: its lists speak for the moment they are read. For tests and offline trials.</summary>
    public bool Frozen { get; set; }

    /// <summary>False: never refresh by itself; what the cache holds is used.</summary>
    public bool Refresh { get; set; } = true;

    /// <summary>False: the npm client is never started, for machines that have none or must not reach a registry.</summary>
    public bool Packages { get; set; } = true;

    /// <summary>https addresses by list name, tried in order before the packages. None by default.</summary>
    public Dictionary<string, string[]> Urls { get; } = new(StringComparer.Ordinal);

    /// <summary>Where accepted lists and package archives are kept; `{DataDir}/feeds`.</summary>
    public string Cache { get; set; } = "";
}
