namespace Pyro.Blocks.Parquet;

/// <summary>
/// For each width, which bytes hold the eight packed numbers of a group and how far each lies within its four bytes. The lower four are taken
/// from 16 bytes on from the group's first, the upper four from 16 bytes on from byte <c>width / 2</c>.
/// </summary>
internal static class GroupShuffles
{
    /// <summary>Wider numbers may span more than four bytes.</summary>
    public const int WidthMax = 25;

    /// <summary>32 bytes for each width.</summary>
    public static readonly byte[] Bytes = new byte[(WidthMax + 1) * 32];

    /// <summary>Eight numbers for each width.</summary>
    public static readonly uint[] Shifts = new uint[(WidthMax + 1) * 8];

    static GroupShuffles()
    {
        for (int width = 1; width <= WidthMax; width++)
        {
            for (int i = 0; i < 8; i++)
            {
                int bit = i < 4 ? i * width : (i * width) - (width / 2 * 8);
                Shifts[(width * 8) + i] = (uint)(bit & 7);
                for (int b = 0; b < 4; b++)
                {
                    Bytes[(width * 32) + (i * 4) + b] = (byte)((bit >> 3) + b);
                }
            }
        }
    }
}
