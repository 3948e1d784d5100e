// The command line: a few names, each at most once, and nothing that is not expected.
namespace Moderation.Vault;

internal sealed class Arguments
{
    private readonly Dictionary<string, string> options = [];
    private readonly HashSet<string> flags = [];

    /// <exception cref="UsageException">Something unknown, doubled or without a value.</exception>
    internal Arguments(ReadOnlySpan<string> words, string[] options, string[] flags)
    {
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (flags.Contains(word) && this.flags.Add(word))
                continue;
            if (!options.Contains(word) || i + 1 == words.Length || !this.options.TryAdd(word, words[++i]))
                throw new UsageException($"unexpected: {word}");
        }
    }

    internal string this[string name] =>
        options.GetValueOrDefault(name) ?? throw new UsageException($"missing: {name}");

    internal string? OrNull(string name) => options.GetValueOrDefault(name);

    internal bool Has(string flag) => flags.Contains(flag);
}

internal sealed class UsageException(string message) : Exception(message);
