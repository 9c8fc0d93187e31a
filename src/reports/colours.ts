/** Colours of a page by what they mean. Plots carry the light ones as attributes, so that they are right wherever they are pasted. */
export const light = {
  page: '#f6f7f9',
  paper: '#ffffff',
  text: '#1d2939',
  quiet: '#475467',
  faint: '#667085',
  line: '#d0d5dd',
  grid: '#e7eaf0',
  shade: '#f2f4f7',
  pass: '#1a7f4b',
  passShade: '#e7f6ee',
  fail: '#b42318',
  failShade: '#fdecea',
  inconclusive: '#9a5706',
  inconclusiveShade: '#fdf3e1',
  challenger: '#3538cd',
  opponent: '#8a8f98',
} as const;

export type Colour = keyof typeof light;

export const dark: Readonly<Record<Colour, string>> = {
  page: '#10141b',
  paper: '#181e28',
  text: '#e6eaf1',
  quiet: '#b3bccb',
  faint: '#8e99ab',
  line: '#3a4453',
  grid: '#29313d',
  shade: '#212936',
  pass: '#5fd39a',
  passShade: '#143526',
  fail: '#ff8f82',
  failShade: '#421c19',
  inconclusive: '#f3b557',
  inconclusiveShade: '#3b2c11',
  challenger: '#8fa2ff',
  opponent: '#9aa3b2',
};
