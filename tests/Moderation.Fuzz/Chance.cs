// Random numbers that a seed repeats exactly (SplitMix64); a finding names its seed and its number.
namespace Moderation.Fuzz;

internal sealed class Chance(ulong seed)
{
    private ulong state = seed;

    /// <summary>The numbers of one execution, whatever ran before it.</summary>
    public static Chance Of(ulong seed, long execution) => new(Mix(seed) ^ Mix((ulong)execution + 0x9E3779B97F4A7C15));

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public bool OneIn(int n) => Below(n) == 0;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)Next();
        return bytes;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
