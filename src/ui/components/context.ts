import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { makeView, type View } from '../view.js';

export const ViewContext = createContext<View>(makeView('zh', new Date(0)));

/** The language's texts and formats, inside a component. */
export function useView(): View {
  return useContext(ViewContext);
}
