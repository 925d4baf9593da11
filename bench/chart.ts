// Bar charts as SVG, without a library.

const WIDTH = 720
const HEIGHT = 300
const LEFT = 60
const BOTTOM = 50
const TOP = 56
const COLORS = ['#2563eb', '#f59e0b', '#10b981', '#a855f7']
/** How many lines the axis has. */
const TICKS = 4

/** Groups of bars: one group for each label, one bar for each series. A value that is not a number has no bar. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly labels: readonly string[]
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[]
}

export function renderChart({ title, unit, labels, series }: Chart): string {
  const max = Math.max(...series.flatMap(({ values }) => values.filter(Number.isFinite)), Number.MIN_VALUE)
  const plotHeight = HEIGHT - TOP - BOTTOM
  const groupWidth = (WIDTH - LEFT - 20) / labels.length
  const barWidth = (groupWidth * 0.7) / series.length
  const y = (value: number) => Math.round(TOP + plotHeight * (1 - value / max))
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => (max * index) / TICKS)
  const parts = [
    `<title>${escapeText(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(title, { x: LEFT, y: 20, weight: 'bold' }),
    ...ticks.flatMap((tick) => [
      `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(tick)}" y2="${y(tick)}" stroke="#d4d4d8"/>`,
      text(String(Number(tick.toPrecision(2))), { x: LEFT - 6, y: y(tick) + 4, anchor: 'end' }),
    ]),
    text(unit, { x: WIDTH - 20, y: 40, anchor: 'end' }),
    ...series.flatMap(({ name, values }, index) => [
      `<rect x="${LEFT + index * 150}" y="30" width="10" height="10" fill="${COLORS[index]}"/>`,
      text(name, { x: LEFT + index * 150 + 16, y: 40 }),
      ...values.map((value, group) => {
        if (!Number.isFinite(value)) return ''
        const x = Math.round(LEFT + groupWidth * (group + 0.15) + barWidth * index)
        const height = TOP + plotHeight - y(value)
        return `<rect x="${x}" y="${y(value)}" width="${Math.round(barWidth)}" height="${height}" fill="${COLORS[index]}"/>`
      }),
    ]),
    ...labels.map((label, group) =>
      text(label, { x: Math.round(LEFT + groupWidth * (group + 0.5)), y: HEIGHT - BOTTOM + 20, anchor: 'middle' }),
    ),
  ]
  const size = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">\n${parts.join('\n')}\n</svg>\n`
}

interface TextPlace {
  readonly x: number
  readonly y: number
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly weight?: string
}

function text(content: string, { x, y, anchor = 'start', weight = 'normal' }: TextPlace): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-weight="${weight}">${escapeText(content)}</text>`
}

const escapeText = (content: string): string => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
